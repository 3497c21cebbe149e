// One line a second on stderr once a command has run for two seconds; silence before that. A
// service has its own way to say that it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lull {

class Progress {
  public:
    Progress() = default;
    virtual ~Progress() = default;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Names what is being done from now on: "reading loc.txt".
    virtual void step(std::string doing);
    /// Cheap: prints when it is time to. `bytes` is how far the step has come.
    virtual void tick(uint64_t bytes);

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    SteadyTime start_ = std::chrono::steady_clock::now();
    SteadyTime printed_ = start_;
    std::string doing_;
};

}  // namespace lull
