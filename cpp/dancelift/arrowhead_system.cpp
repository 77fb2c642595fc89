#include "dancelift/arrowhead_system.hpp"

#include <algorithm>

namespace dancelift {

Sweep::Sweep(const PanelLayout& layout, int of_direction)
    : direction(of_direction),
      taken(static_cast<std::size_t>(layout.shared_rows) * layout.shared_rows),
      shared(taken.size()),
      diagonal(layout.n_shared),
      right(layout.n_shared) {}

ArrowheadSystem::ArrowheadSystem(const Ordering& of_unknowns, const EliminationKernel& kernel)
    : ordering(of_unknowns),
      layout(ordering.FrameSize(), ordering.SharedSize(), ordering.Slack(), kernel.row_multiple,
             kernel.column_multiple),
      forward(layout, 1),
      backward(layout, -1) {
  const std::size_t n_panels = ordering.Frames() + ordering.MiddleEnd() - ordering.MiddleBegin();
  panels_.resize(layout.Size() * n_panels);
  diagonal_.resize(layout.rows * n_panels);
  right_.resize(diagonal_.size());
}

void ArrowheadSystem::ClearRight() { std::fill(right_.begin(), right_.end(), 0.0); }

void ArrowheadSystem::Clear(Sweep& sweep) {
  for (std::vector<double>* sums : {&sweep.shared, &sweep.diagonal, &sweep.right}) {
    std::fill(sums->begin(), sums->end(), 0.0);
  }
}

void ArrowheadSystem::ClearPanel(const Sweep& sweep, int t) { std::fill_n(Panel(sweep, t), layout.Size(), Real(0)); }

}  // namespace dancelift
