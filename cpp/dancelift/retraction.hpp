#pragma once

#include <Eigen/Core>
#include <vector>

#include "dancelift/arrowhead_system.hpp"
#include "dancelift/step.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// Two unit vectors (3 x 2) at right angles to a unit vector and to each other: the tangents of the sphere there, along
/// which `up` is linearised and moves.
Eigen::Matrix<double, 3, 2> Tangents(const double* up);

/// The retraction: unknowns after a share (n_frames) of a step in each frame, and of the smallest share in what they
/// have in common. `up` stays on the sphere.
void Retract(const ArrowheadSystem& system, const Step& step, const std::vector<double>& share, const Unknowns& from,
             Unknowns& to);

}  // namespace dancelift
