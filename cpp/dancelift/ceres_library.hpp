#pragma once

#include <ceres/types.h>

#include <string>

namespace dancelift {

/// Keeps Ceres and its log library from writing to the terminal; call once, before the first solve.
void SilenceCeres();

/// The sparse linear algebra that every solve uses: Eigen's, which is as fast here as SuiteSparse, starts no
/// threads of its own, and gives every build the same numbers; Ceres' default where Ceres was built without
/// it.
ceres::SparseLinearAlgebraLibraryType SparseLibrary();

/// Ceres' version and the sparse linear algebra it solves with, such as "2.1.0, EIGEN_SPARSE".
std::string DescribeCeres();

}  // namespace dancelift
