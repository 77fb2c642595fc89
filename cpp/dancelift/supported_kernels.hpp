#pragma once

#include <vector>

#include "dancelift/elimination_kernel.hpp"

namespace dancelift {

/// Those that this processor runs, the fastest first.
std::vector<const EliminationKernel*> SupportedKernels();

}  // namespace dancelift
