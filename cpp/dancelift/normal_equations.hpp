#pragma once

#include <vector>

#include "dancelift/arrowhead_system.hpp"
#include "dancelift/elimination.hpp"
#include "dancelift/objective.hpp"
#include "dancelift/ordering.hpp"
#include "dancelift/step.hpp"
#include "dancelift/terms.hpp"
#include "dancelift/trust_region.hpp"
#include "dancelift/unknowns.hpp"

namespace dancelift {

/// @brief The damped normal equations of a seed's objective: a Levenberg-Marquardt step. One after another can be
/// solved in the same memory.
///
/// Composes the Ordering of the unknowns, the Assembler that makes the ArrowheadSystem frame by frame, the twisted
/// Elimination that solves it, and the retraction. The result does not depend on the number of threads.
class NormalEquations {
 public:
  static constexpr int kMostThreads = 2;  ///< that can work on one system: one a sweep

  explicit NormalEquations(const Objective& objective);
  NormalEquations(const NormalEquations&) = delete;
  NormalEquations& operator=(const NormalEquations&) = delete;

  /// Linearises a seed's terms at `unknowns`, adds diag(J^T J) / radius and solves for the step. False: it cannot be
  /// solved. With `second_order` the bones' lengths are not linearised but have their second derivatives: near a
  /// minimum, where a limb that lies in the image plane is seen a little longer or shorter than it is, they are as
  /// large as the first ones' products.
  bool Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, bool second_order, int n_threads,
             Step& step);

  /// Unknowns after a share (n_frames) of a step in each frame, see Retract.
  void Apply(const Step& step, const std::vector<double>& share, const Unknowns& from, Unknowns& to) const;

 private:
  /// Makes and eliminates the frames before the middle or those after it, each once no other frame's terms reach it.
  bool Eliminate(Sweep& sweep, const Terms& terms, const Unknowns& unknowns, const TrustRegion& region,
                 bool second_order);

  ArrowheadSystem system_;
  Elimination elimination_;
};

}  // namespace dancelift
