#pragma once

#include <Eigen/Core>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "dancelift/aligned.hpp"
#include "dancelift/kernels.hpp"

namespace dancelift {

/// @name Tabulated views of a body that stands upright: its turns about the vertical, and pitches of the view.
/// @{
constexpr int kYaws = 48, kPitches = 25;
constexpr double kFirstPitch = -40, kPitchStep = 5;  ///< degrees
/// @}

constexpr double kKeypointNoise = 0.04;  ///< m on the body, standard deviation: the detector's, and what it marks
constexpr double kSidewaysNoise = 0.5;   ///< m, of the body's position in the image: it is not predicted

/// (3, 3) of every state, which is the index of the pitch times kYaws plus that of the yaw: body frame to view frame.
const std::vector<Eigen::Matrix3d>& ViewRotations();

/// The index of the nearest tabulated pitch (rad).
int PitchIndex(double pitch);

/// @brief What a body of Gaussian shape looks like from every side, and what its pose is given how it looks.
///
/// The body stands upright and is seen from a pitch and a yaw. Its S keypoints are Gaussian then, and so is the pose of
/// its J joints given the keypoints (Bishop 2006, Pattern Recognition and Machine Learning, eq. 2.113-2.117). Tables
/// over the states of the view are made as far as they are asked for. Keypoints are columns of 2 S numbers here: x of
/// all seen joints, then y of them. Frames are columns of matrices.
class ShapeModel {
 public:
  using Matrix = Eigen::MatrixXd;
  using Vector = Eigen::VectorXd;

  /// mean (3 J), m, and covariance (3 J, 3 J), m^2, of the joints, body frame; seen (S), the joints that are seen.
  ShapeModel(Vector mean, Matrix covariance, std::vector<int> seen);

  int Joints() const { return static_cast<int>(mean_.size()) / 3; }
  const std::vector<int>& Seen() const { return seen_; }
  const Vector& Mean() const { return mean_; }
  const Matrix& Covariance() const { return covariance_; }

  /// Makes the tables of these states, and those that LogLikelihood needs of pitches for every n-th yaw.
  void Know(std::vector<int> states, int n_threads);
  void KnowSides(const std::vector<int>& pitches, int every_yaw, int n_threads);

  /// The log likelihood (Y, T) of every frame for every n-th yaw, and the depth z (Y, T) that it is for: a frame's own
  /// (T) or, where none are given, the likeliest. With y = depth * rays and n coordinates that the pose explains,
  ///
  ///     log p(rays) = log N(y; mean2d, spread) + n log depth
  ///
  /// Tables of the pitches (T) are known.
  void LogLikelihood(const Matrix& rays, const std::vector<int>& pitch, const Vector* depth, int every_yaw,
                     Matrix& value, Matrix& z) const;

  /// @name Of frames in states (T) that are known.
  /// @{
  Vector LikeliestDepth(const Matrix& rays, const std::vector<int>& state) const;  ///< (T) m, of rays (2 S, T)
  Matrix ExpectedBody(const Matrix& y, const std::vector<int>& state) const;       ///< (3 J, T) of y (2 S, T), m
  Matrix Explained(const Matrix& away, const std::vector<int>& state) const;       ///< the same of y - mean2d
  Matrix PosteriorSum(const std::vector<int>& state) const;    ///< (3 J, 3 J), the pose's covariances, m^2, summed
  Matrix DepthDeviation(const std::vector<int>& state) const;  ///< (J, T) of the joints given the keypoints, m
                                                               /// @}

 private:
  /// @brief The table of one state of the view.
  struct View {
    Matrix precision;           ///< (2 S, 2 S) of the keypoints, 1/m^2
    Vector mean2d;              ///< (2 S), m
    Vector weighted_mean;       ///< precision mean2d
    double constant;            ///< mean2d' precision mean2d + log determinant of their covariance
    double degrees_of_freedom;  ///< coordinates that the pose explains: noise says nothing of how near the body is
  };
  /// @brief What the likelihood needs of the views from one pitch and Y yaws. Every pair of coordinates, multiplied,
  /// times `precision` is y' precision y: single precision is enough to compare yaws.
  struct Side {
    AlignedVector<float> precision;       ///< (pairs) by (Y), as NetworkKernel::multiply has it
    Matrix weighted_mean;                 ///< (Y, 2 S)
    Vector constant, degrees_of_freedom;  ///< (Y)
  };

  void MakeViews(const int* states, int n);
  std::unique_ptr<Side> MakeSide(int pitch, int every_yaw) const;
  int Pairs() const { return static_cast<int>(seen_.size() * (2 * seen_.size() + 1)); }

  const Kernels& kernels_;
  Vector mean_;
  Matrix covariance_;
  std::vector<int> seen_;
  Matrix with_seen_;    // (3 S, 3 J), covariance of the seen joints, x of all, then y, then z, with the pose
  Matrix within_seen_;  // (S S, 9), of the seen joints (i, j): axes (a, b)
  std::vector<std::unique_ptr<View>> views_;
  std::map<std::pair<int, int>, std::unique_ptr<Side>> sides_;
};

}  // namespace dancelift
