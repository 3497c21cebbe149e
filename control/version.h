// What `lull version` and lull_build_info say.
#pragma once

#include <string>

namespace lull {

struct BuildInfo {
    std::string version;
    std::string revision;
    std::string dpdk;
    std::string compiler;
};

BuildInfo build_info();

}  // namespace lull
