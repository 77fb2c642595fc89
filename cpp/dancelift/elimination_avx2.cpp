#define DANCELIFT_WIDTH 8
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_loops.hpp"

namespace dancelift {

extern const EliminationKernel kAvx2Kernel;
const EliminationKernel kAvx2Kernel = {"avx2", kWidth, kFewColumns, &Eliminate, &Update, &Substitute};

}  // namespace dancelift
