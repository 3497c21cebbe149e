#include "control/origins/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace lull {
namespace {

/// The temporary file: closed and removed unless it was kept by a rename.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& beside)
        : path_(beside + ".tmp-XXXXXX"), fd_(::mkostemp(path_.data(), O_CLOEXEC)) {}
    ~TemporaryFile() {
        if (fd_ < 0) return;
        ::close(fd_);
        if (!kept_) ::unlink(path_.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    bool write(std::span<const uint8_t> bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
        return ::fchmod(fd_, 0644) == 0 && ::fsync(fd_) == 0;
    }

    bool rename_to(const std::string& path) {
        kept_ = ::rename(path_.c_str(), path.c_str()) == 0;
        return kept_;
    }

  private:
    std::string path_;
    int fd_;
    bool kept_ = false;
};

bool sync_folder(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    // Some file systems cannot sync a folder (EINVAL); they order renames themselves.
    const bool synced = ::fsync(fd) == 0 || errno == EINVAL;
    ::close(fd);
    return synced;
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    TemporaryFile file(path);
    if (!file.is_open()) {
        return failed("{}: cannot write in {}: {}", path, folder, std::strerror(errno));
    }
    if (!file.write(bytes)) return failed("{}: cannot be written: {}", path, std::strerror(errno));
    if (!file.rename_to(path)) {
        return failed("{}: cannot be replaced: {}", path, std::strerror(errno));
    }
    if (!sync_folder(folder)) {
        return failed("{}: written, but its folder cannot be synced: {}", path,
                      std::strerror(errno));
    }
    return {};
}

}  // namespace lull
