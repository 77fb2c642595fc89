#include "dancelift/supported_kernels.hpp"

#if defined(_WIN32)
#include <windows.h>
#endif

namespace dancelift {

extern const EliminationKernel kBaselineKernel;
#if defined(DANCELIFT_WIDE_KERNELS)
extern const EliminationKernel kAvx2Kernel, kAvx512Kernel;
#endif

std::vector<const EliminationKernel*> SupportedKernels() {
  std::vector<const EliminationKernel*> kernels;
#if defined(DANCELIFT_WIDE_KERNELS)
#if defined(_WIN32)
  const bool avx512 = IsProcessorFeaturePresent(PF_AVX512F_INSTRUCTIONS_AVAILABLE);
  const bool avx2 = IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE);
#else
  const bool avx512 = __builtin_cpu_supports("avx512f");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  if (avx512) kernels.push_back(&kAvx512Kernel);
  if (avx2) kernels.push_back(&kAvx2Kernel);
#endif
  kernels.push_back(&kBaselineKernel);
  return kernels;
}

}  // namespace dancelift
