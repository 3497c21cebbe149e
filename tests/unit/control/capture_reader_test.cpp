// Captures read in place against libpcap, which reads the same file beside.
#include "control/capture_reader.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

constexpr uint32_t kMicroseconds = 0xA1B2C3D4, kNanoseconds = 0xA1B23C4D;
constexpr std::size_t kFileHeaderBytes = 24;

enum class Order : uint8_t { kBig, kLittle };

void put(std::string& file, Order order, uint32_t value, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) {
        const uint32_t shift = 8 * (order == Order::kLittle ? i : size - 1 - i);
        file.push_back(static_cast<char>(value >> shift));
    }
}

/// Five frames of growing size, the third one cut when it was captured.
std::string capture(Order order, uint32_t magic, uint32_t snapshot_bytes = 65535,
                    uint32_t minor_version = 4, uint32_t link = DLT_EN10MB) {
    std::string file;
    put(file, order, magic, 4);
    put(file, order, 2, 2);
    put(file, order, minor_version, 2);
    put(file, order, 0, 4);
    put(file, order, 0, 4);
    put(file, order, snapshot_bytes, 4);
    put(file, order, link, 4);
    for (uint32_t i = 0; i < 5; ++i) {
        const uint32_t captured = 60 * i;
        put(file, order, 1'700'000'000 + i, 4);
        put(file, order, 999'999 - i, 4);
        put(file, order, captured, 4);
        put(file, order, captured + (i == 2 ? 1'000 : 0), 4);
        file.append(captured, static_cast<char>('a' + i));
    }
    return file;
}

struct Seen {
    std::vector<std::tuple<int64_t, std::vector<uint8_t>, uint32_t>> frames;
    bool broken = false;
    bool operator==(const Seen&) const = default;
};

Seen read(CaptureReader& reader) {
    Seen seen;
    CaptureReader::Next next{};
    while ((next = reader.next()) == CaptureReader::Next::kFrame) {
        const auto& frame = reader.frame();
        seen.frames.emplace_back(frame.ns,
                                 std::vector<uint8_t>(frame.bytes.begin(), frame.bytes.end()),
                                 frame.wire_bytes);
    }
    seen.broken = next == CaptureReader::Next::kBroken;
    return seen;
}

Seen read_by_libpcap(const std::string& path) {
    Seen seen;
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* const handle =
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    int rc = 0;
    while ((rc = pcap_next_ex(handle, &header, &bytes)) == 1) {
        seen.frames.emplace_back(int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec,
                                 std::vector<uint8_t>(bytes, bytes + header->caplen), header->len);
    }
    seen.broken = rc != PCAP_ERROR_BREAK;
    pcap_close(handle);
    return seen;
}

class CaptureReading : public ::testing::Test {
  protected:
    std::string write(const std::string& bytes) {
        const std::string path = folder_.path() / "a.pcap";
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    Seen expect_as_libpcap(const std::string& bytes) {
        const std::string path = write(bytes);
        auto reader = CaptureReader::open(path);
        EXPECT_TRUE(reader) << reader.error().message;
        const Seen seen = read(*reader);
        EXPECT_EQ(seen, read_by_libpcap(path));
        EXPECT_EQ(seen.broken, !reader->why().empty());
        return seen;
    }
    TemporaryFolder folder_;
};

TEST_F(CaptureReading, both_byte_orders_and_resolutions_are_as_libpcap_reads_them) {
    for (const Order order : {Order::kBig, Order::kLittle}) {
        for (const uint32_t magic : {kMicroseconds, kNanoseconds}) {
            EXPECT_EQ(expect_as_libpcap(capture(order, magic)).frames.size(), 5u);
        }
    }
}

TEST_F(CaptureReading, frames_beyond_the_snapshot_length_are_cut_to_it) {
    const Seen seen = expect_as_libpcap(capture(Order::kLittle, kMicroseconds, 100));
    EXPECT_EQ(std::get<1>(seen.frames.back()).size(), 100u);
    EXPECT_EQ(expect_as_libpcap(capture(Order::kBig, kNanoseconds, 0)).frames.size(), 5u);
}

TEST_F(CaptureReading, older_versions_are_read_too) {
    for (const uint32_t minor : {2u, 3u}) {
        expect_as_libpcap(capture(Order::kLittle, kMicroseconds, 65535, minor));
    }
}

TEST_F(CaptureReading, a_file_cut_anywhere_gives_its_whole_frames_and_is_broken_inside_one) {
    const std::string whole = capture(Order::kLittle, kMicroseconds);
    for (std::size_t size = kFileHeaderBytes; size < whole.size(); ++size) {
        SCOPED_TRACE(size);
        expect_as_libpcap(whole.substr(0, size));
    }
}

TEST_F(CaptureReading, a_frame_longer_than_any_is_the_files_end) {
    std::string file = capture(Order::kLittle, kMicroseconds);
    put(file, Order::kLittle, 0, 4);
    put(file, Order::kLittle, 0, 4);
    put(file, Order::kLittle, 0xfffffff0, 4);
    put(file, Order::kLittle, 0xfffffff0, 4);
    EXPECT_TRUE(expect_as_libpcap(file).broken);
}

TEST_F(CaptureReading, a_file_that_became_shorter_is_told_instead_of_touched) {
    const std::string path = write(capture(Order::kLittle, kMicroseconds));
    auto reader = CaptureReader::open(path);
    ASSERT_TRUE(reader);
    std::filesystem::resize_file(path, 0);
    EXPECT_EQ(reader->next(), CaptureReader::Next::kBroken);
    EXPECT_NE(reader->why().find("shorter"), std::string::npos) << reader->why();
}

TEST_F(CaptureReading, another_link_type_is_refused_by_name) {
    const auto reader =
        CaptureReader::open(write(capture(Order::kLittle, kMicroseconds, 65535, 4, DLT_LINUX_SLL)));
    ASSERT_FALSE(reader);
    EXPECT_NE(reader.error().message.find("LINUX_SLL"), std::string::npos);
}

}  // namespace
}  // namespace lull
