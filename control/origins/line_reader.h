// Text sources line by line, in large reads, from files, pipes or memory: bounded line
// length, line numbers, the SHA-256 of everything read, and whether the last line was cut.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/origins/progress.h"
#include "control/origins/sha256.h"
#include "dataplane/error.h"

namespace lull {

struct Line {
    std::string_view text;   // without the newline; valid until the next call
    uint64_t number = 0;     // from 1
    bool too_long = false;   // `text` is only its beginning
    bool terminated = true;  // false: the file ends inside this line
};

class LineReader {
  public:
    /// Longest line: `location dump` writes 228 bytes, the longest AS name known is 192.
    static constexpr std::size_t kMaxLineBytes = 4096;

    /// `input` and `progress` (may be null) outlive the reader.
    explicit LineReader(std::istream& input, Progress* progress = nullptr);

    /// False at the end of the input, or when it cannot be read: see read_failed().
    bool next(Line& line);
    [[nodiscard]] bool read_failed() const { return read_failed_; }
    /// Of all bytes read; to be asked once, at the end.
    std::string sha256() { return to_hex(hash_.finish()); }

  private:
    bool refill();

    std::istream& input_;
    Progress* progress_;
    Sha256 hash_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of what is not handed out yet, in buffer_
    std::size_t end_ = 0;
    std::string carried_;  // the beginning of a line that spans two fills
    uint64_t line_number_ = 0;
    uint64_t bytes_read_ = 0;
    bool read_failed_ = false;
};

/// Opens a source for reading; refuses what is missing, a directory or not readable, by name.
Result<std::ifstream> open_source(const std::string& path);

/// What a source's reader could not use: a count, and the first few with their lines.
struct Rejections {
    static constexpr std::size_t kMaxKept = 20;
    uint64_t count = 0;
    std::vector<std::string> first;  // "loc.txt:17: the country is not two letters"
    void add(const std::string& path, uint64_t line, std::string_view reason);
    /// Where no line tells the place, `reason` does: "rib.mrt: record 17 at byte 4711: …".
    void add(const std::string& path, std::string_view reason);
    /// "3 lines refused, first loc.txt:17: …", where `what` is "lines refused".
    [[nodiscard]] std::string summary(std::string_view what) const;
};

/// Onto stderr, so that stdout stays one document.
void warn_of(const Rejections& rejections);

}  // namespace lull
