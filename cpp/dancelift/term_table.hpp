#pragma once

#include <iterator>

#include "dancelift/sigmas.hpp"

namespace dancelift {

// A new term of the objective is
//   1. an entry of Term, where it is to be reported,
//   2. a member of Sigmas of its name, and its row in kTerms,
//   3. a factor, in factors/, unless one that is there will do, with its line in tests/gradient_check.cpp,
//   4. a visit of that factor in Terms.
// Names, checks, the Python interface and both solvers follow from these.

/// Terms of the objective, in the order in which they are reported.
enum Term : int {
  kReprojection,     // L_2D
  kSmooth2D,         // L_smooth2D
  kAcceleration2D,   // L_smooth2D of second order
  kSmooth3D,         // L_smooth3D
  kAcceleration3D,   // L_smooth3D of second order
  kSeedConsistency,  // L_3D
  kSeedDepth,
  kBoneLength,
  kHeadRigidity,
  kJointLimit,
  kFootSliding,
  kFloor,
  kGravityPrior,
  kLengthPrior,
  kCameraPrior,
  kSeedPrior,
  kTermCount
};

/// @brief What is known of a term.
struct TermRow {
  Term term;
  const char* name;        ///< that of the member too
  double Sigmas::*member;  ///< standard deviation of its residual
  const char* unit;        ///< of the residual
  const char* help;        ///< what the residual is
};

constexpr TermRow kTerms[] = {
    {kReprojection, "reprojection", &Sigmas::reprojection, "px",
     "Distance of a projected joint from its keypoint, at a detector score of 1"},
    {kSmooth2D, "smooth2d", &Sigmas::smooth2d, "px/s", "Speed of a joint in the image"},
    {kAcceleration2D, "acceleration2d", &Sigmas::acceleration2d, "px/s^2", "Acceleration of a joint in the image"},
    {kSmooth3D, "smooth3d", &Sigmas::smooth3d, "m/s", "Speed of a joint"},
    {kAcceleration3D, "acceleration3d", &Sigmas::acceleration3d, "m/s^2",
     "Acceleration of a joint, less what the seed makes one expect of it about the mid-hip"},
    {kSeedConsistency, "seed_consistency", &Sigmas::seed_consistency, "ratio",
     "Distance of a joint from where the seed has it, relative to the seed's own uncertainty"},
    {kSeedDepth, "seed_depth", &Sigmas::seed_depth, "ratio", "Depth of a frame, relative to the seed's"},
    {kBoneLength, "bone_length", &Sigmas::bone_length, "m",
     "Length of a bone in a frame about that of the clip; multiplied by the seed's own softness"},
    {kHeadRigidity, "head_rigidity", &Sigmas::head_rigidity, "m",
     "Distance of two points of the head in a frame about that of the clip"},
    {kJointLimit, "joint_limit", &Sigmas::joint_limit, "rad", "Angle by which a knee or an elbow bends the wrong way"},
    {kFootSliding, "foot_sliding", &Sigmas::foot_sliding, "m/s", "Speed of a foot that stands"},
    {kFloor, "floor", &Sigmas::floor, "m", "Height above the floor of a foot that is on it"},
    {kGravityPrior, "gravity_prior", &Sigmas::gravity_prior, "rad", "Angle of up from where the seed has it"},
    {kLengthPrior, "length_prior", &Sigmas::length_prior, "ratio", "Length of a bone, relative to the average body's"},
    {kCameraPrior, "camera_prior", &Sigmas::camera_prior, "ratio",
     "Focal length, or scale of a frame, relative to the seed's"},
    {kSeedPrior, "seed_prior", &Sigmas::seed_prior, "ratio",
     "Its square divides the cost of choosing a seed's hypothesis"},
};

/// @brief What is known of the scale of a robust loss (Cauchy's).
struct RobustScaleRow {
  const char* name;        ///< that of the member too
  double Sigmas::*member;  ///< in standard deviations
  const char* unit;
  const char* help;
};

constexpr RobustScaleRow kRobustScales[] = {
    {"robust", &Sigmas::robust, "standard deviations",
     "Beyond which a keypoint, or an acceleration, counts as an outlier"},
    {"contact_robust", &Sigmas::contact_robust, "standard deviations", "Beyond which a contact counts as mistaken"},
};

/// Whether every row of kTerms is that of its Term.
constexpr bool TermsAreInOrder() {
  int expected = 0;
  for (const TermRow& row : kTerms) {
    if (row.term != expected++) return false;
  }
  return true;
}

/// Whether the rows of both tables are those of different members.
constexpr bool MembersDiffer() {
  for (const TermRow& row : kTerms) {
    int times = 0;
    for (const TermRow& other : kTerms) times += row.member == other.member ? 1 : 0;
    for (const RobustScaleRow& other : kRobustScales) times += row.member == other.member ? 1 : 0;
    if (times != 1) return false;
  }
  return kRobustScales[0].member != kRobustScales[1].member;
}

static_assert(std::size(kTerms) == kTermCount, "every term has a row in kTerms");
static_assert(TermsAreInOrder(), "the rows of kTerms are in the order of Term");
static_assert(sizeof(Sigmas) == (std::size(kTerms) + std::size(kRobustScales)) * sizeof(double) && MembersDiffer(),
              "every member of Sigmas has its row in kTerms or in kRobustScales");

}  // namespace dancelift
