// How long a worker's core ran something else than the worker: another task, an interrupt or, on a
// virtual machine, another guest. The thread's CPU clock stands still meanwhile, so the difference
// to real time tells a stall that the machine made from one that is the worker's own.
#pragma once

#include <pthread.h>

#include <ctime>

namespace lull {

class CoreTime {
  public:
    /// From now on, for a thread that runs. Where its clock cannot be read, nothing is ever told.
    void start(pthread_t thread);
    /// Real seconds since the last call (or start) in which the thread did not run. One system
    /// call, of the calling thread.
    double taken_s();

  private:
    [[nodiscard]] double away_s() const;

    clockid_t clock_{};
    bool started_ = false;
    double told_s_ = 0;
};

}  // namespace lull
