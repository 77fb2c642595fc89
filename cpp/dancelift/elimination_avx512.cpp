#define DANCELIFT_WIDTH 16
#define DANCELIFT_COLUMNS 8
#include "dancelift/elimination_loops.hpp"

namespace dancelift {

extern const EliminationKernel kAvx512Kernel;
const EliminationKernel kAvx512Kernel = {"avx512", kWidth, kFewColumns, &Eliminate, &Update, &Substitute};

}  // namespace dancelift
