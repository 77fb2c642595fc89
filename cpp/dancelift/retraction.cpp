#include "dancelift/retraction.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cstddef>

namespace dancelift {
namespace {

void RetractFrame(const Ordering& ordering, int t, const Real* change, double share, const Unknowns& from,
                  Unknowns& to) {
  const int n_coordinates = PoseAt::kSize * ordering.Joints();
  const std::size_t first = static_cast<std::size_t>(t) * n_coordinates;
  for (int i = 0; i < n_coordinates; ++i) to.poses[first + i] = from.poses[first + i] + share * change[i];
  if (ordering.Weak()) {
    for (int i = 0; i < WeakPerspective::kParameters; ++i) {
      const std::size_t at = static_cast<std::size_t>(t) * WeakPerspective::kParameters + i;
      to.imaging[at] = from.imaging[at] + share * change[n_coordinates + i];
    }
  } else {
    to.depth[t] = from.depth[t] + share * change[n_coordinates];
  }
}

void RetractShared(const Ordering& ordering, const Real* change, double share, const Unknowns& from, Unknowns& to) {
  const Place focal = ordering.At(ImagingAt<Perspective>{0});
  for (int i = 0; i < focal.size; ++i) to.imaging[i] = from.imaging[i] + share * change[focal.row + i];
  const int n_lengths = static_cast<int>(from.log_lengths.size());
  for (int i = 0; i < n_lengths; ++i) {
    to.log_lengths[i] = from.log_lengths[i] + share * change[ordering.At(LengthAt{i}).row];
  }
  const Real* tangent = change + ordering.At(UpAt{}).row;
  Eigen::Map<Eigen::Vector3d>(to.up.data()) =
      (Eigen::Map<const Eigen::Vector3d>(from.up.data()) +
       Tangents(from.up.data()) * (share * Eigen::Vector2d(tangent[0], tangent[1])))
          .normalized();
  to.floor = from.floor + share * change[ordering.At(FloorAt{}).row];
}

}  // namespace

Eigen::Matrix<double, 3, 2> Tangents(const double* up) {
  const Eigen::Map<const Eigen::Vector3d> u(up);
  int axis = 0;
  u.cwiseAbs().minCoeff(&axis);
  Eigen::Matrix<double, 3, 2> tangents;
  tangents.col(0) = u.cross(Eigen::Vector3d::Unit(axis)).normalized();
  tangents.col(1) = u.cross(tangents.col(0));
  return tangents;
}

void Retract(const ArrowheadSystem& system, const Step& step, const std::vector<double>& share, const Unknowns& from,
             Unknowns& to) {
  const Ordering& ordering = system.ordering;
  for (int t = 0; t < ordering.Frames(); ++t) {
    const Real* change = &step.frames[static_cast<std::size_t>(t) * system.layout.rows];
    RetractFrame(ordering, t, change, share[t], from, to);
  }
  if (ordering.SharedSize() == 0) return;
  RetractShared(ordering, step.shared.data(), *std::min_element(share.begin(), share.end()), from, to);
}

}  // namespace dancelift
