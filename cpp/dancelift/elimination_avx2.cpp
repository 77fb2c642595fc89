#define DANCELIFT_WIDTH 4
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_kernel.hpp"

namespace dancelift {

extern const EliminationKernel kAvx2Kernel;
const EliminationKernel kAvx2Kernel = {"avx2", kMultiple, &Eliminate, &Substitute};

}  // namespace dancelift
