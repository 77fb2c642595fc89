#include "dancelift/supported_kernels.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>

#if defined(_WIN32)
#include <windows.h>
#endif

namespace dancelift {

extern const Kernels kBaselineKernels;
#if defined(DANCELIFT_WIDE_KERNELS)
extern const Kernels kAvx2Kernels, kAvx512Kernels;
#endif

std::vector<const Kernels*> SupportedKernels() {
  std::vector<const Kernels*> kernels;
#if defined(DANCELIFT_WIDE_KERNELS)
#if defined(_WIN32)
  const bool avx512 = IsProcessorFeaturePresent(PF_AVX512F_INSTRUCTIONS_AVAILABLE);
  const bool avx2 = IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE);
#else
  const bool avx512 = __builtin_cpu_supports("avx512f");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  if (avx512) kernels.push_back(&kAvx512Kernels);
  if (avx2) kernels.push_back(&kAvx2Kernels);
#endif
  kernels.push_back(&kBaselineKernels);
  const char* fastest = std::getenv("DANCELIFT_KERNELS");
  if (!fastest || !*fastest) return kernels;

  const auto named = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const Kernels* one) { return std::string(fastest) == one->name; });
  if (named == kernels.end()) {
    std::string known;
    for (const Kernels* one : kernels) known += (known.empty() ? "" : " or ") + std::string(one->name);
    throw std::invalid_argument("DANCELIFT_KERNELS is '" + std::string(fastest) + "', expected " + known +
                                " on this processor");
  }
  return {named, kernels.end()};
}

}  // namespace dancelift
