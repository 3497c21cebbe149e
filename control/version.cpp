#include "control/version.h"

#include "dataplane/eal.h"

namespace lull {

BuildInfo build_info() {
    return {
        .version = LULL_VERSION, .revision = LULL_REVISION, .dpdk = dpdk_version(),
#if defined(__clang__)
        .compiler = "clang " __clang_version__
#else
        .compiler = "g++ " __VERSION__
#endif
    };
}

}  // namespace lull
