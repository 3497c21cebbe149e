#include "dataplane/kernel_link.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lull {

KernelLink::KernelLink(std::string interface) : name_(std::move(interface)) {
    index_ = name_.empty() ? 0 : if_nametoindex(name_.c_str());
}

KernelLink::State KernelLink::state() const {
    if (index_ == 0) {
        return State::kUp;
    }
    if (if_nametoindex(name_.c_str()) != index_) {
        return errno == EMFILE || errno == ENFILE ? State::kUp : State::kGone;
    }
    ifreq request{};
    name_.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool asked = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return !asked || (request.ifr_flags & IFF_RUNNING) != 0 ? State::kUp : State::kDown;
}

}  // namespace lull
