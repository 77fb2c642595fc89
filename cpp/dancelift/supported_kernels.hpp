#pragma once

#include <vector>

#include "dancelift/elimination.hpp"

namespace dancelift {

/// Those that this processor runs, the fastest first.
std::vector<const EliminationKernel*> SupportedKernels();

}  // namespace dancelift
