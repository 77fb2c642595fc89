#include "bindings/lift_job.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace dancelift::bindings {
namespace {

/// How often a running lift looks for Ctrl-C, and how long it waits for the solver to notice.
constexpr std::chrono::milliseconds kPoll(50), kGrace(300);

/// What a lift needs and finds. Owned by both threads: one that does not stop at once when cancelled finishes its last
/// solver step unheeded.
class Job {
 public:
  Job(Objective objective, std::shared_ptr<const std::vector<Seed>> seeds, const LiftOptions& options)
      : objective_(std::move(objective)), seeds_(std::move(seeds)), options_(options) {}

  void Run() {
    try {
      result_ = LiftPoses(objective_, *seeds_, options_, control_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    finished_.notify_all();
  }

  /// Whether it is done within that time; other Python threads run meanwhile.
  bool WaitFor(std::chrono::milliseconds time) {
    const py::gil_scoped_release release;
    std::unique_lock<std::mutex> lock(mutex_);
    return finished_.wait_for(lock, time, [this] { return done_; });
  }

  void Cancel() { control_.cancelled = true; }
  int SeedsDone() const { return control_.seeds_done; }
  int Seeds() const { return static_cast<int>(seeds_->size()); }

  /// Once it is done.
  Lift TakeResult() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(result_);
  }

 private:
  const Objective objective_;
  const std::shared_ptr<const std::vector<Seed>> seeds_;
  const LiftOptions options_;
  LiftControl control_;
  Lift result_;
  std::exception_ptr failure_;
  std::mutex mutex_;
  std::condition_variable finished_;
  bool done_ = false;
};

/// Threads of cancelled lifts that had not stopped yet, and what guards them where Python has no lock of its own.
std::vector<std::thread> cancelled_threads;
std::mutex cancelled_threads_mutex;

}  // namespace

Lift LiftInterruptibly(Objective objective, std::shared_ptr<const std::vector<Seed>> seeds, const LiftOptions& options,
                       const Progress& progress) {
  const auto job = std::make_shared<Job>(std::move(objective), std::move(seeds), options);
  int reported = -1;
  const auto answer = [&] {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const int seeds_done = job->SeedsDone();
    if (!progress.is_none() && seeds_done != reported) progress(seeds_done, job->Seeds());
    reported = seeds_done;
  };

  std::thread thread;
  try {
    thread = std::thread([job] { job->Run(); });
  } catch (const std::system_error&) {  // none can be started: the lift cannot be interrupted, but it is made
    {
      const py::gil_scoped_release release;
      job->Run();
    }
    answer();
    return job->TakeResult();
  }
  try {
    while (true) {
      const bool done = job->WaitFor(kPoll);
      answer();
      if (done) break;
    }
  } catch (...) {
    job->Cancel();
    if (job->WaitFor(kGrace)) {
      thread.join();
    } else {
      const std::lock_guard<std::mutex> lock(cancelled_threads_mutex);
      cancelled_threads.push_back(std::move(thread));
    }
    throw;
  }
  thread.join();
  return job->TakeResult();
}

void JoinCancelledThreads() {
  const py::gil_scoped_release release;
  const std::lock_guard<std::mutex> lock(cancelled_threads_mutex);
  for (std::thread& thread : cancelled_threads) thread.join();
  cancelled_threads.clear();
}

}  // namespace dancelift::bindings
