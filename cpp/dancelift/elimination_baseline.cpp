#define DANCELIFT_WIDTH 4
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_loops.hpp"

namespace dancelift {

extern const EliminationKernel kBaselineKernel;
const EliminationKernel kBaselineKernel = {"baseline", kWidth, kFewColumns, &Eliminate, &Update, &Substitute};

}  // namespace dancelift
