#include "control/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lull {
namespace {

std::string reason_of_errno() {
    return std::generic_category().message(errno);
}

}  // namespace

Result<OutputFile> OutputFile::open(const std::string& path) {
    if (path.empty()) {
        return OutputFile(stdout, "stdout", "");
    }
    struct stat info {};
    const bool as_it_is = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
    std::string temporary = as_it_is ? "" : path + ".XXXXXX";
    const int fd = as_it_is ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC)
                            : ::mkostemp(temporary.data(), O_CLOEXEC);
    std::FILE* const file = fd < 0 ? nullptr : ::fdopen(fd, "w");
    if (file == nullptr) {
        return failed("{}: {}: name a file in a folder that exists and may be written", path,
                      reason_of_errno());
    }
    return OutputFile(file, path, std::move(temporary));
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

OutputFile::~OutputFile() {
    if (file_ != nullptr && file_ != stdout) {
        (void)std::fclose(file_);
    }
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

tl::unexpected<Error> OutputFile::failure() const {
    return failed("{}: cannot be written: {}", path_, reason_of_errno());
}

Result<void> OutputFile::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
        return failure();
    }
    return {};
}

Result<void> OutputFile::finish() {
    if (std::fflush(file_) != 0) {
        return failure();
    }
    if (temporary_.empty()) {
        return {};
    }
    // mkostemp's 0600 would keep it from whoever it is made for: 0644, as other files of lull.
    if (::fchmod(::fileno(file_), 0644) != 0 || ::fsync(::fileno(file_)) != 0 ||
        ::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return failure();
    }
    temporary_.clear();
    return {};
}

}  // namespace lull
