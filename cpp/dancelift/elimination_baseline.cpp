#define DANCELIFT_WIDTH 2
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_kernel.hpp"

namespace dancelift {

extern const EliminationKernel kBaselineKernel;
const EliminationKernel kBaselineKernel = {"baseline", kMultiple, &Eliminate, &Substitute};

}  // namespace dancelift
