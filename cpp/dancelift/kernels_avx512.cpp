#define DANCELIFT_WIDTH 16
#define DANCELIFT_COLUMNS 8
#include "dancelift/elimination_loops.hpp"
#include "dancelift/kernels.hpp"
#include "dancelift/network_loops.hpp"
#include "dancelift/shape_loops.hpp"

namespace dancelift {

extern const Kernels kAvx512Kernels;
const Kernels kAvx512Kernels = {"avx512", kElimination, kNetwork, kShape};

}  // namespace dancelift
