// See capture_reader.h. The pcap format: draft-ietf-opsawg-pcap §4 and §5.
#include "control/capture_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace lull {

namespace {

constexpr uint32_t kMicrosecondMagic = 0xA1B2C3D4, kNanosecondMagic = 0xA1B23C4D;
constexpr std::size_t kFileHeaderBytes = 24, kRecordHeaderBytes = 16;
constexpr std::size_t kVersionOffset = 4, kSnapshotOffset = 16, kLinkOffset = 20;
constexpr uint32_t kMaxFrameBytes = 262'144;  // libpcap's MAXIMUM_SNAPLEN
// A file that shrinks under the map would end the process at the first touch of what is gone: so
// often its size is looked at.
constexpr std::size_t kCheckEvery = std::size_t{1} << 20;
constexpr std::size_t kPrefetchBytes = 2048;

std::string link_name(int type) {
    const char* name = pcap_datalink_val_to_name(type);
    const char* text = pcap_datalink_val_to_description(type);
    return name == nullptr ? fmt::format("number {}", type)
                           : fmt::format("{} ({})", name, text == nullptr ? "" : text);
}

}  // namespace

void CaptureReader::PcapClose::operator()(pcap* handle) const {
    pcap_close(handle);
}

CaptureReader::~CaptureReader() {
    if (!mapped_.empty()) {
        munmap(const_cast<uint8_t*>(mapped_.data()), mapped_.size());
    }
    if (file_ >= 0) {
        close(file_);
    }
}

CaptureReader::CaptureReader(CaptureReader&& other) noexcept
    : handle_(std::move(other.handle_)),
      file_(std::exchange(other.file_, -1)),
      mapped_(std::exchange(other.mapped_, {})),
      at_(other.at_),
      checked_until_(other.checked_until_),
      snapshot_bytes_(other.snapshot_bytes_),
      fraction_ns_(other.fraction_ns_),
      swapped_(other.swapped_),
      frame_(other.frame_),
      why_(std::move(other.why_)) {}

Result<CaptureReader> CaptureReader::open(const std::string& path) {
    CaptureReader reader;
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    reader.handle_.reset(pcap_open_offline_with_tstamp_precision(
        path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()));
    if (!reader.handle_) {
        return refused("is no capture that can be read (pcap, pcapng): {}", error.data());
    }
    if (const int type = pcap_datalink(reader.handle_.get()); type != DLT_EN10MB) {
        return refused(
            "its link type is {}, not Ethernet; mend: capture on an Ethernet "
            "interface, or convert with `editcap -T ether` and a link header",
            link_name(type));
    }
    reader.map_if_plain(path);
    return reader;
}

void CaptureReader::map_if_plain(const std::string& path) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (file_ < 0 || fstat(file_, &info) != 0 || !S_ISREG(info.st_mode) ||
        static_cast<std::size_t>(info.st_size) < kFileHeaderBytes) {
        return;
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    void* const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_, 0);
    if (at == MAP_FAILED) {
        return;
    }
    madvise(at, size, MADV_SEQUENTIAL);
    mapped_ = {static_cast<const uint8_t*>(at), size};
    const uint32_t magic = word(0);
    swapped_ = magic == __builtin_bswap32(kMicrosecondMagic) ||
               magic == __builtin_bswap32(kNanosecondMagic);
    const uint32_t known = word(0);  // in this machine's order
    // Version 2.4, in its two halves' order of this machine or the other one.
    const uint32_t version = swapped_ ? std::rotl(word(kVersionOffset), 16) : word(kVersionOffset);
    snapshot_bytes_ = word(kSnapshotOffset);
    if ((known != kMicrosecondMagic && known != kNanosecondMagic) || version != 0x00040002 ||
        word(kLinkOffset) != DLT_EN10MB) {
        munmap(at, size);
        mapped_ = {};
        return;
    }
    if (snapshot_bytes_ == 0 || snapshot_bytes_ > kMaxFrameBytes) {
        snapshot_bytes_ = kMaxFrameBytes;  // as libpcap takes it
    }
    fraction_ns_ = known == kMicrosecondMagic ? 1'000 : 1;
    at_ = kFileHeaderBytes;
    handle_.reset();
}

uint32_t CaptureReader::word(std::size_t offset) const {
    uint32_t value = 0;
    std::memcpy(&value, mapped_.data() + offset, sizeof(value));
    return swapped_ ? __builtin_bswap32(value) : value;
}

bool CaptureReader::has_shrunk() {
    struct stat info {};
    checked_until_ = at_ + kCheckEvery;
    return fstat(file_, &info) != 0 || static_cast<std::size_t>(info.st_size) < mapped_.size();
}

CaptureReader::Next CaptureReader::broken(std::string why) {
    why_ = std::move(why);
    return Next::kBroken;
}

bool CaptureReader::rewind() {
    at_ = kFileHeaderBytes;
    checked_until_ = 0;
    return !handle_;
}

CaptureReader::Next CaptureReader::next() {
    return handle_ ? next_by_libpcap() : next_mapped();
}

CaptureReader::Next CaptureReader::next_mapped() {
    if (at_ >= checked_until_ && has_shrunk()) {
        return broken("it became shorter while it was read");
    }
    const std::size_t left = mapped_.size() - at_;
    if (left == 0) {
        return Next::kEnd;
    }
    if (left < kRecordHeaderBytes) {
        return broken(
            fmt::format("the file ends inside the next one's header, after {} bytes", left));
    }
    const uint32_t captured = word(at_ + 8);
    if (captured > kMaxFrameBytes) {
        return broken(fmt::format("the next one would have {} bytes, {} are the most", captured,
                                  kMaxFrameBytes));
    }
    if (captured > left - kRecordHeaderBytes) {
        return broken(fmt::format("the next one has {} bytes, the file ends after {} of them",
                                  captured, left - kRecordHeaderBytes));
    }
    // Where the next frame begins only this one's header tells, and the hardware's prefetch ends
    // with each page: every line is asked for. Past the end that does no harm.
    const uint8_t* const ahead = mapped_.data() + at_ + kPrefetchBytes;
    for (std::size_t line = 0; line < captured + kRecordHeaderBytes; line += 64) {
        __builtin_prefetch(ahead + line);
    }
    frame_.ns = int64_t{word(at_)} * 1'000'000'000 + word(at_ + 4) * fraction_ns_;
    frame_.bytes = mapped_.subspan(at_ + kRecordHeaderBytes, std::min(captured, snapshot_bytes_));
    frame_.wire_bytes = word(at_ + 12);
    at_ += kRecordHeaderBytes + captured;
    return Next::kFrame;
}

CaptureReader::Next CaptureReader::next_by_libpcap() {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int rc = pcap_next_ex(handle_.get(), &header, &bytes);
    if (rc == PCAP_ERROR_BREAK) {
        return Next::kEnd;
    }
    if (rc != 1) {
        return broken(pcap_geterr(handle_.get()));
    }
    // Nanoseconds, as asked for when the file was opened.
    frame_.ns = int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec;
    frame_.bytes = {bytes, header->caplen};
    frame_.wire_bytes = header->len;
    return Next::kFrame;
}

}  // namespace lull
