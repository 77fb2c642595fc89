#include "dancelift/elimination.hpp"

#if defined(_WIN32)
#include <windows.h>
#endif

namespace dancelift {

extern const EliminationKernel kBaselineKernel;
#if defined(DANCELIFT_WIDE_KERNELS)
extern const EliminationKernel kAvx2Kernel, kAvx512Kernel;
#endif

const EliminationKernel& FastestKernel() {
#if defined(DANCELIFT_WIDE_KERNELS)
#if defined(_WIN32)
  if (IsProcessorFeaturePresent(PF_AVX512F_INSTRUCTIONS_AVAILABLE)) return kAvx512Kernel;
  if (IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE)) return kAvx2Kernel;
#else
  if (__builtin_cpu_supports("avx512f")) return kAvx512Kernel;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kAvx2Kernel;
#endif
#endif
  return kBaselineKernel;
}

}  // namespace dancelift
