// A look at a capture file before it is replayed: DPDK's pcap port neither checks the link type nor
// tells the end of a file from a cut one, so lull reads the file once itself.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "dataplane/error.h"

namespace lull {

/// A temporary file or link, removed with the object.
class TemporaryFile {
  public:
    TemporaryFile() = default;
    explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
    TemporaryFile(TemporaryFile&& other) noexcept { path_.swap(other.path_); }
    TemporaryFile& operator=(TemporaryFile&& other) noexcept {
        path_.swap(other.path_);
        return *this;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();
    [[nodiscard]] bool empty() const { return path_.empty(); }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

struct Capture {
    std::string path;  // as the user named it
    /// What DPDK's pcap port is to read instead, when it could not read `path` itself: a comma in
    /// the name, or interfaces with different snapshot lengths.
    TemporaryFile stand_in;
    [[nodiscard]] const std::string& readable_path() const {
        return stand_in.empty() ? path : stand_in.path();
    }
    uint64_t frames = 0;
    int64_t first_ns = 0;  // of the earliest frame, since 1970
    int64_t last_ns = 0;
    bool sliced = false;  // some frames were cut when captured: the IP header's length counts
};

/// Refuses, with the reason and the place: a missing file, a folder, an empty file, one that is no
/// capture, one whose link type is not Ethernet (by name), one that is cut.
Result<Capture> inspect_capture(const std::string& path);

}  // namespace lull
