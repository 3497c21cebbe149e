// A file as its writer wrote it: plain, or unpacked from gzip, bzip2 or xz, told apart by their
// first octets. It streams, so memory is bounded whatever a file unpacks to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/origins/progress.h"
#include "control/origins/sha256.h"

namespace lull {

class CompressedInput {
  public:
    /// `raw` and `progress` (may be null) outlive this.
    explicit CompressedInput(std::istream& raw, Progress* progress = nullptr);
    ~CompressedInput();
    CompressedInput(const CompressedInput&) = delete;
    CompressedInput& operator=(const CompressedInput&) = delete;

    /// Fills `out`, or as much of it as there is: less only at the end.
    std::size_t read(std::span<uint8_t> out);
    /// Why the end came early, for people: "the gzip data are damaged"; "" if it did not.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// Of the file as it is, all of it; to be asked once, at the end. Reads what was left.
    std::string sha256();

    /// One compression format; defined where the libraries are named.
    class Codec;

  private:
    bool refill();
    void begin();
    std::size_t copy(std::span<uint8_t> out);
    std::size_t unpack(std::span<uint8_t> out);
    void end(std::string_view problem);
    bool next_member();

    std::istream& raw_;
    Progress* progress_;
    Sha256 hash_;
    std::vector<uint8_t> buffer_;
    std::span<const uint8_t> in_;   // of buffer_, what is not used yet
    std::unique_ptr<Codec> codec_;  // null: plain
    uint64_t raw_bytes_ = 0;
    bool started_ = false;
    bool done_ = false;
    bool between_members_ = false;  // files may be several compressed ones in a row
    std::string problem_;
};

}  // namespace lull
