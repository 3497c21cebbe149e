// What a request must fetch from the disk is an errand: a thread of its own runs them one after the
// other, so that a disk that hangs holds up those who asked for what is on it and nobody else. No
// HTTP library shows here.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace lull {

class Errands {
  public:
    struct Errand {
        std::function<void()> run;
        std::function<void()> drop;  // in place of run, at a stop
    };

    /// `most`: that wait beside the one that runs.
    explicit Errands(std::size_t most) : most_(most) {}
    ~Errands();
    Errands(const Errands&) = delete;
    Errands& operator=(const Errands&) = delete;

    /// Calls `sleep` before the errand can begin. False, and nothing is called: too many wait, or
    /// it was stopped. Any thread; throws std::system_error if there is no thread for the first.
    bool take(const std::function<void()>& sleep, Errand errand);
    /// Waits for the one that runs, and drops those that wait.
    void stop();

  private:
    void run();

    const std::size_t most_;
    std::mutex mutex_;  // guards what follows; never held while an errand runs
    std::condition_variable changed_;
    std::deque<Errand> waiting_;
    bool stopping_ = false;
    std::thread thread_;  // begins with the first errand
};

}  // namespace lull
