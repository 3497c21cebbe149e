#include "control/origins/progress.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace lull {

void Progress::step(std::string doing) {
    doing_ = std::move(doing);
    tick(0);
}

void Progress::tick(uint64_t bytes) {
    using std::chrono::seconds;
    const auto now = std::chrono::steady_clock::now();
    if (now - start_ < seconds{2} || now - printed_ < seconds{1}) return;
    printed_ = now;
    const auto elapsed_s = std::chrono::duration_cast<seconds>(now - start_).count();
    const std::string done = bytes == 0 ? "" : fmt::format(" ({} MB)", bytes / 1'000'000);
    // Not fmt::print: it throws when stderr is gone, and progress is not worth an error.
    std::fputs(fmt::format("{} s: {}{}\n", elapsed_s, doing_, done).c_str(), stderr);
}

}  // namespace lull
