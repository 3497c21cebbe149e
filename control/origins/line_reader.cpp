#include "control/origins/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace lull {
namespace {

constexpr std::size_t kBufferBytes = 1 << 17;  // large enough that read calls do not show

}  // namespace

LineReader::LineReader(std::istream& input, Progress* progress)
    : input_(input), progress_(progress), buffer_(kBufferBytes) {}

bool LineReader::refill() {
    input_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    read_failed_ = input_.bad();
    begin_ = 0;
    end_ = static_cast<std::size_t>(input_.gcount());
    hash_.add({reinterpret_cast<const uint8_t*>(buffer_.data()), end_});
    bytes_read_ += end_;
    if (progress_ != nullptr) progress_->tick(bytes_read_);
    return end_ > 0;
}

bool LineReader::next(Line& line) {
    line = Line{};
    carried_.clear();
    while (begin_ < end_ || refill()) {
        const char* const start = buffer_.data() + begin_;
        const std::size_t available = end_ - begin_;
        const auto* const newline = static_cast<const char*>(std::memchr(start, '\n', available));
        const std::size_t length =
            newline == nullptr ? available : static_cast<std::size_t>(newline - start);
        const std::size_t kept = std::min(length, kMaxLineBytes - carried_.size());
        begin_ += newline == nullptr ? length : length + 1;
        line.too_long |= kept < length;
        line.terminated = newline != nullptr;
        if (line.terminated && carried_.empty()) {
            line.text = {start, kept};  // the common case: nothing is copied
            line.number = ++line_number_;
            return true;
        }
        carried_.append(start, kept);
        if (line.terminated) break;
    }
    if (line.terminated && carried_.empty()) return false;
    line.text = carried_;
    line.number = ++line_number_;
    return true;
}

Result<std::ifstream> open_source(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        return refused("{}: is a directory; name a file", path);
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) return refused("{}: cannot be read: {}", path, std::strerror(errno));
    return file;
}

void Rejections::add(const std::string& path, uint64_t line, std::string_view reason) {
    ++count;
    if (first.size() < kMaxKept) first.push_back(fmt::format("{}:{}: {}", path, line, reason));
}

void Rejections::add(const std::string& path, std::string_view reason) {
    ++count;
    if (first.size() < kMaxKept) first.push_back(fmt::format("{}: {}", path, reason));
}

std::string Rejections::summary(std::string_view what) const {
    if (count == 0) return fmt::format("0 {}", what);
    return fmt::format("{} {}, first {}", count, what, first.front());
}

void warn_of(const Rejections& rejections) {
    // Not fmt::print: it throws when stderr is gone, and a warning is not worth an error.
    for (const std::string& each : rejections.first) {
        std::fputs(fmt::format("warning: {}\n", each).c_str(), stderr);
    }
    if (rejections.count > rejections.first.size()) {
        std::fputs(fmt::format("warning: and {} more\n", rejections.count - rejections.first.size())
                       .c_str(),
                   stderr);
    }
}

}  // namespace lull
