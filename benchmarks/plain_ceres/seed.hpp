#pragma once

#include <ceres/problem.h>

#include <string>
#include <vector>

#include "arrays.hpp"

/// @brief One seed's problem, one residual block per term per joint, as Ceres' documentation has it.
class Seed {
 public:
  /// `arrays` are those of the whole lift and must outlive this.
  Seed(const Arrays& arrays, int index);

  /// What every term costs at the start, in the order of `Terms()`.
  std::vector<double> Costs();

  /// Optimises; pairs of seconds since the call and the objective then.
  std::vector<double> Solve(double function_tolerance);

  static const std::vector<std::string>& Terms();

 private:
  void AddImageTerms();
  void AddMotionTerms();
  void AddBodyTerms();
  void AddContactTerms();
  void AddPriors();
  void Add(const char* term, ceres::CostFunction* cost, double robust, const std::vector<double*>& unknowns);

  /// This seed's part of an array over seeds.
  const double* Of(const std::string& name) const;
  double Number(const std::string& name) const { return arrays_.at(name)[0]; }
  int Count(const std::string& name) const { return static_cast<int>(Number(name)); }
  double* Pose(int t, int j) { return &poses_[3 * (static_cast<std::size_t>(t) * n_joints_ + j)]; }

  struct Block {
    ceres::ResidualBlockId id;
    const char* term;
  };

  const Arrays& arrays_;
  int index_, n_frames_, n_joints_;
  std::vector<double> poses_, depth_, log_lengths_, up_;
  double log_focal_, floor_;
  ceres::Problem problem_;
  std::vector<Block> blocks_;
};
