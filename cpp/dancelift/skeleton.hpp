#pragma once

#include <vector>

namespace dancelift {

/// @brief Two joints a fixed distance apart; the distance is a shared unknown of the clip.
struct Bone {
  int a;            ///< joint index
  int b;            ///< joint index
  int length;       ///< index of the shared length; a left and a right bone name the same one
  double softness;  ///< multiplies the standard deviation: the trunk bends, a thigh does not
};

/// @brief A joint that bends one way only, about the axis from the right to the left hip or shoulder.
struct Hinge {
  int left;          ///< left hip or shoulder
  int right;         ///< right hip or shoulder
  int middle;        ///< knee or elbow
  int distal;        ///< ankle or wrist
  bool on_left;      ///< whether the limb hangs from `left` (else from `right`)
  double sign;       ///< +1: bends like a knee (shin backward), -1: like an elbow (forearm forward)
  double tolerance;  ///< sine of the angle allowed the wrong way before the limit acts
};

/// @brief A joint of the foot that is on the floor, or near it, while the foot stands.
struct Foot {
  int joint;    ///< joint index
  double rest;  ///< height above the floor when the foot is flat on it, m
  double rise;  ///< by how much more when the foot stands on its ball (standard deviation), m
};

/// @brief What the objective needs to know of a body: joints, bones, rigid head, hinges, feet.
struct Skeleton {
  int n_joints = 0;
  std::vector<Bone> bones;           ///< limbs and trunk
  std::vector<Bone> head;            ///< pairs of points that are rigid on the head
  std::vector<Hinge> hinges;         ///< knees and elbows
  std::vector<Foot> feet;            ///< ankles, heels and toes
  std::vector<double> mean_lengths;  ///< anthropometric prior of the shared lengths, m
};

}  // namespace dancelift
