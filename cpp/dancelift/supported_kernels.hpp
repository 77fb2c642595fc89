#pragma once

#include <vector>

#include "dancelift/kernels.hpp"

namespace dancelift {

/// Those that this processor runs, the fastest first. The environment variable DANCELIFT_KERNELS leaves out those that
/// are faster than the ones of that name, to see what a lesser processor does; std::invalid_argument where it names
/// none.
std::vector<const Kernels*> SupportedKernels();

}  // namespace dancelift
