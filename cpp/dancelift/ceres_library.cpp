#include "dancelift/ceres_library.hpp"

#include <ceres/solver.h>
#include <ceres/version.h>

#ifdef DANCELIFT_HAS_GLOG
#include <glog/logging.h>
#endif

namespace dancelift {

void SilenceCeres() {
#ifdef DANCELIFT_HAS_GLOG
  FLAGS_minloglevel = google::GLOG_FATAL;
#endif
}

ceres::SparseLinearAlgebraLibraryType SparseLibrary() {
  return ceres::IsSparseLinearAlgebraLibraryTypeAvailable(ceres::EIGEN_SPARSE)
             ? ceres::EIGEN_SPARSE
             : ceres::Solver::Options().sparse_linear_algebra_library_type;
}

std::string DescribeCeres() {
  return std::string(CERES_VERSION_STRING) + ", " + ceres::SparseLinearAlgebraLibraryTypeToString(SparseLibrary());
}

}  // namespace dancelift
