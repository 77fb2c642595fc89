#pragma once

#include <ceres/problem.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "dancelift/objective.hpp"

namespace dancelift {

/// @brief A seed could not be optimised.
class SolveFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @brief When a seed counts as converged.
struct SolverOptions {
  int max_iterations = 50;
  double function_tolerance = 1e-4;  ///< relative decrease of the objective in one step below which it stops
  int give_up_after = 10;            ///< iterations, from which on a hopeless seed is given up
  double give_up_above = 1.5;        ///< times the first seed's error, above which it is hopeless; infinity: never
};

/// @brief One optimised candidate {P_t^k, w_t^k}.
struct Candidate {
  std::vector<double> poses;        ///< (n_frames, n_joints, 3), m, camera frame
  std::vector<double> imaging;      ///< as in Seed
  std::vector<double> log_lengths;  ///< as in Seed
  std::vector<double> up;           ///< as in Seed
  std::vector<double> terms;        ///< (kTermCount, n_frames), each term's cost at each frame
  int iterations = 0;
  bool converged = false;
};

/// @brief The least-squares problem of one seed: its unknowns and every term on them.
class SeedProblem {
 public:
  SeedProblem(const Objective& objective, const Seed& seed);

  /// Optimises with Ceres; stops early, leaving the unknowns valid, once `cancelled` is set or, after
  /// `options.give_up_after` iterations, while the error is above `hopeless`.
  void Solve(const SolverOptions& options, double hopeless, const std::atomic<bool>& cancelled);

  /// The unknowns as they stand, and what every term costs there.
  Candidate Result() const;

 private:
  struct Block {
    ceres::ResidualBlockId id;
    Term term;
    int frame;  ///< -1: of the whole clip
  };

  template <class Camera>
  void AddImageTerms(const Camera& camera);
  void AddMotionTerms();
  void AddBodyTerms();
  void AddContactTerms();
  void AddPriors();
  void Add(Term term, int frame, ceres::CostFunction* cost, ceres::LossFunction* loss,
           const std::vector<double*>& parameters);
  double PriorWeight() const;
  double* Pose(int frame, int joint);
  double* ImagingBlock(int frame);

  const Objective& objective_;
  const Seed& seed_;
  Candidate candidate_;
  double floor_;               ///< height along `up`, m
  std::vector<double> depth_;  ///< (n_frames), log of each frame's depth relative to the seed's
  ceres::Problem problem_;
  std::vector<Block> blocks_;
};

}  // namespace dancelift
