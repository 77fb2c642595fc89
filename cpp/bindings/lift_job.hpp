#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <memory>
#include <vector>

#include "dancelift/lifter.hpp"

namespace dancelift::bindings {

namespace py = pybind11;

/// Called with the number of seeds done and of all seeds; or None.
using Progress = py::typing::Optional<py::typing::Callable<py::object(int, int)>>;

/// LiftPoses, on a thread of its own: this one answers signals and reports progress meanwhile, and where either raises,
/// cancels the lift and gives up waiting for it.
Lift LiftInterruptibly(Objective objective, std::shared_ptr<const std::vector<Seed>> seeds, const LiftOptions& options,
                       const Progress& progress);

/// Waits for the threads of cancelled lifts; for the exit of the interpreter.
void JoinCancelledThreads();

}  // namespace dancelift::bindings
