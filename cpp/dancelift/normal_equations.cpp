#include "dancelift/normal_equations.hpp"

#include <algorithm>

#include "dancelift/assembly.hpp"
#include "dancelift/retraction.hpp"
#include "dancelift/supported_kernels.hpp"

namespace dancelift {

NormalEquations::NormalEquations(const Objective& objective)
    : system_(Ordering(objective), SupportedKernels().front()->elimination),
      elimination_(system_, SupportedKernels().front()->elimination, objective.clip.n_held) {}

bool NormalEquations::Solve(const Terms& terms, const Unknowns& unknowns, const TrustRegion& region, bool second_order,
                            int n_threads, Step& step) {
  system_.ClearRight();
  Sweep* sweeps[] = {&system_.forward, &system_.backward};
  bool eliminated[2];
#pragma omp parallel for num_threads(n_threads) schedule(static, 1) if (n_threads > 1)
  for (int i = 0; i < 2; ++i) eliminated[i] = Eliminate(*sweeps[i], terms, unknowns, region, second_order);
  return eliminated[0] && eliminated[1] && elimination_.EliminateMiddle(region) &&
         elimination_.Solve(region, n_threads, step);
}

bool NormalEquations::Eliminate(Sweep& sweep, const Terms& terms, const Unknowns& unknowns, const TrustRegion& region,
                                bool second_order) {
  const Ordering& ordering = system_.ordering;
  const int n_frames = ordering.Frames(), middle_end = ordering.MiddleEnd();
  system_.Clear(sweep);
  Assembler assembler(system_, sweep, unknowns, second_order);
  if (sweep.direction > 0) {
    terms.VisitClip(assembler);
    for (int t = 0; t < middle_end; ++t) {
      system_.ClearPanel(sweep, t);
      terms.VisitFrame(t, assembler);
      const int complete = t - Terms::kReach;  // no later frame's terms reach it
      if (complete < 0 || complete >= ordering.MiddleBegin()) continue;
      if (!elimination_.EliminateFrame(sweep, complete, region.frames[complete])) return false;
    }
    return true;
  }
  for (int t = n_frames - 1; t >= std::max(middle_end, n_frames - Terms::kReach); --t) system_.ClearPanel(sweep, t);
  for (int t = n_frames - 1; t >= middle_end; --t) {
    system_.ClearPanel(sweep, t - Terms::kReach);
    terms.VisitFrame(t, assembler);
    if (!elimination_.EliminateFrame(sweep, t, region.frames[t])) return false;
  }
  return true;
}

void NormalEquations::Apply(const Step& step, const std::vector<double>& share, const Unknowns& from,
                            Unknowns& to) const {
  Retract(system_, step, share, from, to);
}

}  // namespace dancelift
