// One line a second on stderr once a command has run for two seconds; silence before that.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lull {

class Progress {
  public:
    /// Names what is being done from now on: "reading loc.txt".
    void step(std::string doing);
    /// Cheap: prints when it is time to. `bytes` is how far the step has come.
    void tick(uint64_t bytes);

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    SteadyTime start_ = std::chrono::steady_clock::now();
    SteadyTime printed_ = start_;
    std::string doing_;
};

}  // namespace lull
