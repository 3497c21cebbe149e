#include "control/store/store_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace lull {
namespace {

std::string reason(int error_number) {
    return std::generic_category().message(error_number);
}

/// " (process 4711)", as the holder has written it; "" when it could not.
std::string holder(int fd) {
    std::array<char, 16> digits{};
    const ssize_t got = ::pread(fd, digits.data(), digits.size(), 0);
    std::string pid(digits.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    pid = pid.substr(0, pid.find_first_not_of("0123456789"));
    return pid.empty() ? "" : fmt::format(" (process {})", pid);
}

}  // namespace

StoreResult<StoreLock> StoreLock::take(const std::string& path) {
    const std::string name = path + ".lock";
    int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);  // of another user: locks all the same
    }
    if (fd < 0) {
        return tl::unexpected(
            StoreError{StoreError::Kind::kFailed, fmt::format("{}: {}", name, reason(errno))});
    }
    StoreLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int error_number = errno;
        if (error_number == EWOULDBLOCK) {
            return tl::unexpected(
                StoreError{StoreError::Kind::kRefused,
                           fmt::format("a running lull{} keeps its learning in it; mend: stop that "
                                       "one first, or name another store",
                                       holder(fd))});
        }
        return tl::unexpected(StoreError{StoreError::Kind::kFailed,
                                         fmt::format("{}: {}", name, reason(error_number))});
    }
    // For the message above alone: a disk that takes no more changes nothing about the lock.
    const std::string pid = fmt::format("{}\n", ::getpid());
    [[maybe_unused]] const bool told =
        ::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) > 0;
    return lock;
}

StoreLock::~StoreLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

}  // namespace lull
