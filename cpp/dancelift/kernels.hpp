#pragma once

#include "dancelift/elimination_kernel.hpp"
#include "dancelift/network_kernel.hpp"
#include "dancelift/shape_kernel.hpp"

namespace dancelift {

/// @brief The innermost loops, compiled for one kind of processor.
struct Kernels {
  const char* name;
  EliminationKernel elimination;
  NetworkKernel network;
  ShapeKernel shape;
};

}  // namespace dancelift
