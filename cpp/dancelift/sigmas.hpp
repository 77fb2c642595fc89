#pragma once

#include <limits>

namespace dancelift {

/// Standard deviation of a term that is left out.
constexpr double kLeftOut = std::numeric_limits<double>::infinity();
/// Scale of the robust loss of a term whose loss is not robust.
constexpr double kNotRobust = std::numeric_limits<double>::infinity();

/// @brief Standard deviation of every term's residual, kLeftOut leaving the term out, and scales of robust losses.
///
/// What each of them is, and its unit, is in term_table.hpp. Pixels are those of a person who is 440 px tall in the
/// image; they scale with the person.
struct Sigmas {
  double reprojection = 8;
  double smooth2d = 1500;
  double acceleration2d = kLeftOut;
  double smooth3d = 20;
  double acceleration3d = 7;
  double seed_consistency = 1;
  double seed_depth = 0.1;
  double bone_length = 0.04;
  double head_rigidity = 0.005;
  double joint_limit = 0.1;
  double foot_sliding = 0.07;
  double floor = 0.02;
  double gravity_prior = 0.01;
  double length_prior = 0.12;
  double camera_prior = 0.2;
  double seed_prior = 0.6;

  double robust = 2;
  double contact_robust = 2;
};

}  // namespace dancelift
