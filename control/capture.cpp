#include "control/capture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "control/capture_reader.h"
#include "control/files.h"
#include "control/pcapng.h"

namespace lull {

namespace {

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

// Reads the file once. Returns the error there was at its start or inside it.
Result<void> scan(Capture& capture) {
    const std::string& path = capture.path;
    auto reader = CaptureReader::open(capture.readable_path());
    if (!reader) {
        return within(path, reader.error());
    }
    capture.frames = 0;
    CaptureReader::Next next{};
    while ((next = reader->next()) == CaptureReader::Next::kFrame) {
        const CaptureReader::Frame& frame = reader->frame();
        capture.sliced = capture.sliced || frame.bytes.size() < frame.wire_bytes;
        ++capture.frames;
    }
    if (next == CaptureReader::Next::kBroken) {
        return refused(
            "{}: is cut or broken behind frame {}: {}; mend: `editcap {} whole.pcap` "
            "keeps the whole frames",
            path, capture.frames, reader->why(), path);
    }
    if (reader->rewind()) {
        capture.rewound.emplace(std::move(*reader));
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
