// The sinks that need no port. A capture's record is written when the next one is asked for: only
// then is the frame filled.
#include "control/drill/sink.h"

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lull {
namespace {

constexpr int kSnapBytes = 65'535;
constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

std::span<uint8_t> CountingSink::next(uint32_t bytes, int64_t /*time_ns*/) {
    ++totals_.offered;
    if (leak_ == Leak::kOn || bytes > frame_.size()) {
        ++totals_.refused;
        return {};
    }
    ++totals_.sent;
    return std::span(frame_).first(bytes);
}

struct PcapSink::Impl {
    std::string path;
    pcap_t* format = nullptr;
    pcap_dumper_t* file = nullptr;
    std::array<uint8_t, 2048> frame{};
    uint32_t waiting_bytes = 0;  // 0: no frame was handed out
    int64_t waiting_ns = 0;
    TransmitTotals totals;
    Leak leak = Leak::kOff;
    int error = 0;  // errno of the first write that failed

    ~Impl() {
        if (file != nullptr) pcap_dump_close(file);
        if (format != nullptr) pcap_close(format);
    }

    void write_waiting() {
        if (waiting_bytes == 0) return;
        pcap_pkthdr header{};
        header.ts.tv_sec = waiting_ns / kNsPerSecond;
        header.ts.tv_usec = waiting_ns % kNsPerSecond;  // nanoseconds, as the file's magic says
        header.caplen = waiting_bytes;
        header.len = waiting_bytes;
        errno = 0;
        pcap_dump(reinterpret_cast<u_char*>(file), &header, frame.data());
        if (error == 0 && std::ferror(pcap_dump_file(file)) != 0) error = errno == 0 ? EIO : errno;
        ++(error == 0 ? totals.sent : totals.refused);
        waiting_bytes = 0;
    }
};

PcapSink::PcapSink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PcapSink::~PcapSink() = default;

Result<std::unique_ptr<PcapSink>> PcapSink::open(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->format =
        pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapBytes, PCAP_TSTAMP_PRECISION_NANO);
    if (impl->format == nullptr) return failed("{}: no memory for a capture", path);
    impl->file = pcap_dump_open(impl->format, path.c_str());
    if (impl->file == nullptr) {
        return failed("{}: choose a file that can be written", pcap_geterr(impl->format));
    }
    return std::unique_ptr<PcapSink>(new PcapSink(std::move(impl)));
}

std::span<uint8_t> PcapSink::next(uint32_t bytes, int64_t time_ns) {
    impl_->write_waiting();
    ++impl_->totals.offered;
    if (impl_->leak == Leak::kOn || impl_->error != 0 || bytes > impl_->frame.size()) {
        ++impl_->totals.refused;
        return {};
    }
    impl_->waiting_bytes = bytes;
    impl_->waiting_ns = time_ns;
    return std::span(impl_->frame).first(bytes);
}

void PcapSink::leak(Leak state) {
    impl_->leak = state;
}

TransmitTotals PcapSink::totals() const {
    return impl_->totals;
}

Result<void> PcapSink::finish() {
    impl_->write_waiting();
    errno = 0;
    if (impl_->error == 0 && pcap_dump_flush(impl_->file) != 0) {
        impl_->error = errno == 0 ? EIO : errno;
    }
    if (impl_->error != 0) {
        return failed("{}: {}: the capture is incomplete; make room and start again", impl_->path,
                      std::strerror(impl_->error));
    }
    return {};
}

}  // namespace lull
