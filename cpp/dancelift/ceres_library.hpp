#pragma once

#include <string>

namespace dancelift {

/// Keeps Ceres and its log library from writing to the terminal; call once, before the first solve.
void SilenceCeres();

/// Ceres' version and the sparse linear algebra that solves with, such as "2.1.0, SUITE_SPARSE".
std::string DescribeCeres();

}  // namespace dancelift
