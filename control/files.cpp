// See files.h. Plain system calls: only they tell apart the ways in which a write can fail, and
// only they can flush a folder.
#include "control/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace lull {
namespace {

constexpr std::size_t kReadChunkBytes = 256 * 1024;
constexpr int kMaxTemporaryNames = 100;  // left over by as many killed writers of one process id

std::string reason(int error_number) {
    return std::generic_category().message(error_number);
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }
    /// Closes now; false when the kernel reports a late write error.
    bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;
};

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool write_all(int fd, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

/// Creates a file of a new name beside `path`. O_EXCL: never through somebody's link.
int open_temporary(const std::string& path, std::string& name) {
    static std::atomic<uint32_t> serial{0};
    for (int attempt = 0; attempt < kMaxTemporaryNames; ++attempt) {
        name = fmt::format("{}.tmp-{}-{}", path, ::getpid(), serial++);
        const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

/// Writes and flushes the temporary file; an errno, or 0.
int fill(int fd, std::span<const uint8_t> bytes) {
    Descriptor file(fd);
    // Root's umask of 077 would keep a table from the user that the monitor runs as.
    if (::fchmod(file.get(), 0644) != 0) return errno;
    if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0) return errno;
    return file.close() ? 0 : errno;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return refused("{}: {}: check the path and its permissions", path, reason(errno));
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return failed("{}: {}", path, reason(errno));
    if (S_ISDIR(info.st_mode)) return refused("{}: is a folder: name a file in it", path);

    // The size that stat reports is only a hint: pipes have none, and a file may grow meanwhile.
    std::string text;
    std::string chunk(std::min(kReadChunkBytes, max_bytes + 1), '\0');
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("{}: {}", path, reason(errno));
        if (got == 0) return text;
        text.append(chunk, 0, static_cast<std::size_t>(got));
        if (text.size() > max_bytes) {
            return refused(
                "{}: larger than {} bytes, the most that is read here: is it the right "
                "file?",
                path, max_bytes);
        }
    }
}

Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
        return refused("{}: cannot be replaced: it is not a regular file, name one", path);
    }
    std::string temporary;
    const int fd = open_temporary(path, temporary);
    if (fd < 0) {
        return failed("{}: {}: the folder must exist and be writable", temporary, reason(errno));
    }
    int error_number = fill(fd, bytes);
    if (error_number == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error_number = errno;
    if (error_number != 0) {
        ::unlink(temporary.c_str());
        return failed("{}: cannot be replaced: {}: the old one stays", path, reason(error_number));
    }
    // The new name lives in the folder: without this a power cut may bring the old file back.
    const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.get()) != 0) {
        return failed("{}: written, but its folder was not flushed: {}", path, reason(errno));
    }
    return {};
}

}  // namespace lull
