#include "control/capture.h"

#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>

#include "control/files.h"
#include "control/pcapng.h"

namespace lull {

namespace {

struct PcapClose {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
};

Result<void> check_file(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
        return refused("{}: {}; mend: name a pcap or pcapng file that is there", path,
                       std::strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        return refused("{}: is a folder; mend: name the capture files in it", path);
    }
    if (S_ISREG(info.st_mode) && info.st_size == 0) {
        return refused("{}: is empty; a capture has at least a file header", path);
    }
    return {};
}

std::string link_name(int type) {
    const char* name = pcap_datalink_val_to_name(type);
    const char* text = pcap_datalink_val_to_description(type);
    return name == nullptr ? fmt::format("number {}", type)
                           : fmt::format("{} ({})", name, text == nullptr ? "" : text);
}

constexpr std::size_t kMaxMendedBytes = std::size_t{1} << 30;  // read whole to be mended

std::string temporary_path() {
    static std::atomic<uint32_t> counter{0};
    return std::filesystem::temp_directory_path() /
           fmt::format("lull-{}-{}.pcap", getpid(), counter.fetch_add(1));
}

Result<TemporaryFile> mended_copy(const std::string& path) {
    auto text = read_file(path, kMaxMendedBytes);
    if (!text) {
        return tl::unexpected(text.error());
    }
    const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(text->data()), text->size());
    equalise_snapshot_lengths(bytes);
    TemporaryFile copy(temporary_path());
    if (auto ok = write_file_atomically(copy.path(), bytes); !ok) {
        return within(path + ": a mended copy", ok.error());
    }
    return copy;
}

Result<TemporaryFile> link_to(const std::string& path) {
    TemporaryFile link(temporary_path());
    std::error_code error;
    std::filesystem::create_symlink(std::filesystem::absolute(path), link.path(), error);
    if (error) {
        return failed("{}: DPDK takes no path with a comma, and a link to it cannot be made: {}",
                      path, error.message());
    }
    return link;
}

// Reads the file once. Returns the error libpcap had at its start or inside it.
Result<void> scan(Capture& capture) {
    const std::string& path = capture.path;
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    const std::unique_ptr<pcap_t, PcapClose> handle(pcap_open_offline_with_tstamp_precision(
        capture.readable_path().c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()));
    if (!handle) {
        return refused("{}: is no capture that can be read (pcap, pcapng): {}", path, error.data());
    }
    if (const int type = pcap_datalink(handle.get()); type != DLT_EN10MB) {
        return refused(
            "{}: its link type is {}, not Ethernet; mend: capture on an Ethernet "
            "interface, or convert with `editcap -T ether` and a link header",
            path, link_name(type));
    }
    capture.frames = 0;
    capture.first_ns = std::numeric_limits<int64_t>::max();
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    int rc = 0;
    while ((rc = pcap_next_ex(handle.get(), &header, &bytes)) == 1) {
        const int64_t ns = int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec;
        capture.first_ns = std::min(capture.first_ns, ns);
        capture.last_ns = std::max(capture.last_ns, ns);
        capture.sliced = capture.sliced || header->caplen < header->len;
        ++capture.frames;
    }
    if (rc != PCAP_ERROR_BREAK) {
        return refused(
            "{}: is cut or broken behind frame {}: {}; mend: `editcap {} whole.pcap` "
            "keeps the whole frames",
            path, capture.frames, pcap_geterr(handle.get()), path);
    }
    if (capture.frames == 0) {
        capture.first_ns = 0;
    }
    return {};
}

}  // namespace

TemporaryFile::~TemporaryFile() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
}

Result<Capture> inspect_capture(const std::string& path) {
    if (auto ok = check_file(path); !ok) {
        return tl::unexpected(ok.error());
    }
    Capture capture;
    capture.path = path;
    if (path.find_first_of(",=[]") != std::string::npos) {
        auto link = link_to(path);
        if (!link) {
            return tl::unexpected(link.error());
        }
        capture.stand_in = std::move(*link);
    }
    auto scanned = scan(capture);
    if (!scanned && scanned.error().message.find("snapshot length") != std::string::npos) {
        auto copy = mended_copy(path);
        if (!copy) {
            return tl::unexpected(copy.error());
        }
        capture.stand_in = std::move(*copy);
        scanned = scan(capture);
    }
    if (!scanned) {
        return tl::unexpected(scanned.error());
    }
    return capture;
}

}  // namespace lull
