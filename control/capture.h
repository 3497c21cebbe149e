// A look at a capture file before it is replayed: it is read once, so that a cut one is told before
// anything is started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "control/capture_reader.h"
#include "dataplane/error.h"

namespace lull {

/// A temporary file, removed with the object.
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
    /// What is to be read instead, when libpcap cannot read `path`: a pcapng file of interfaces
    /// with different snapshot lengths, mended.
    TemporaryFile stand_in;
    [[nodiscard]] const std::string& readable_path() const {
        return stand_in.empty() ? path : stand_in.path();
    }
    uint64_t frames = 0;
    bool sliced = false;  // some frames were cut when captured: the IP header's length counts
    /// At the first frame, where the file could be rewound: mapping a large one twice takes longer
    /// than reading it.
    std::optional<CaptureReader> rewound;
};

/// Refuses, with the reason and the place: a missing file, a folder, an empty file, one that is no
/// capture, one whose link type is not Ethernet (by name), one that is cut.
Result<Capture> inspect_capture(const std::string& path);

}  // namespace lull
