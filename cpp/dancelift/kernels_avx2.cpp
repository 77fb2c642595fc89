#define DANCELIFT_WIDTH 8
#define DANCELIFT_COLUMNS 4
#include "dancelift/elimination_loops.hpp"
#include "dancelift/kernels.hpp"
#include "dancelift/network_loops.hpp"
#include "dancelift/shape_loops.hpp"

namespace dancelift {

extern const Kernels kAvx2Kernels;
const Kernels kAvx2Kernels = {"avx2", kElimination, kNetwork, kShape};

}  // namespace dancelift
