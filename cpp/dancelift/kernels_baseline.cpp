#define DANCELIFT_WIDTH 4
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_loops.hpp"
#include "dancelift/kernels.hpp"
#include "dancelift/network_loops.hpp"
#include "dancelift/shape_loops.hpp"

namespace dancelift {

extern const Kernels kBaselineKernels;
const Kernels kBaselineKernels = {"baseline", kElimination, kNetwork, kShape};

}  // namespace dancelift
