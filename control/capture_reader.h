// Reads the frames of a capture file in their order. Plain pcap, which is what large captures are,
// is read in place from the mapped file: libpcap's two locked reads a frame cost more than all that
// lull does with it. Everything else (pcapng, pcap's old dialects) comes through libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dataplane/error.h"

struct pcap;

namespace lull {

class CaptureReader {
  public:
    struct Frame {
        int64_t ns = 0;                  // since 1970
        std::span<const uint8_t> bytes;  // as captured; valid until the next call of next()
        uint32_t wire_bytes = 0;
    };
    enum class Next : uint8_t { kFrame, kEnd, kBroken };

    /// Refuses what is no capture, and one whose link type is not Ethernet, by name.
    static Result<CaptureReader> open(const std::string& path);
    ~CaptureReader();
    CaptureReader(CaptureReader&&) noexcept;
    CaptureReader& operator=(CaptureReader&&) = delete;

    Next next();
    /// Back to the first frame; false where only opening the file anew leads there.
    [[nodiscard]] bool rewind();
    /// The one that next() went to.
    [[nodiscard]] const Frame& frame() const { return frame_; }
    /// Why the file is broken behind the last frame.
    [[nodiscard]] const std::string& why() const { return why_; }

  private:
    struct PcapClose {
        void operator()(pcap* handle) const;
    };

    CaptureReader() = default;
    /// Leaves libpcap's handle where it is when the file is not plain pcap.
    void map_if_plain(const std::string& path);
    Next next_mapped();
    Next next_by_libpcap();
    Next broken(std::string why);
    [[nodiscard]] bool has_shrunk();
    [[nodiscard]] uint32_t word(std::size_t offset) const;

    std::unique_ptr<pcap, PcapClose> handle_;  // null when mapped
    int file_ = -1;
    std::span<const uint8_t> mapped_;
    std::size_t at_ = 0;
    std::size_t checked_until_ = 0;
    uint32_t snapshot_bytes_ = 0;
    int64_t fraction_ns_ = 1;  // of a second's fraction in a record: 1,000 or 1
    bool swapped_ = false;
    Frame frame_;
    std::string why_;
};

}  // namespace lull
