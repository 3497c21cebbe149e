// Reading is bounded and says what is wrong; writing replaces a file whole or not at all.
#include "control/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace lull {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "lull-files-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}));
    }
    static Result<void> write(const std::string& file, const std::string& text) {
        const std::vector<uint8_t> bytes(text.begin(), text.end());
        return write_file_atomically(file, bytes);
    }

    fs::path folder_;
};

TEST_F(Files, what_was_written_is_read_back) {
    const std::string text = std::string("a\0b\n", 4) + std::string(1'000'000, 'x');
    ASSERT_TRUE(write(path("f"), text));
    EXPECT_EQ(read_file(path("f"), 2'000'000), text);
    ASSERT_TRUE(write(path("f"), ""));
    EXPECT_EQ(read_file(path("f"), 10), "");
    EXPECT_EQ(entries(), 1U) << "a temporary file was left";
}

TEST_F(Files, reading_stops_at_the_limit) {
    ASSERT_TRUE(write(path("f"), "12345"));
    EXPECT_EQ(read_file(path("f"), 5), "12345");
    const auto over = read_file(path("f"), 4);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::kRefused);
    EXPECT_NE(over.error().message.find("larger than 4 bytes"), std::string::npos);
    EXPECT_FALSE(read_file("/dev/zero", 1000)) << "an endless file is bounded too";
    EXPECT_EQ(read_file("/dev/null", 0), "");
}

TEST_F(Files, a_missing_file_and_a_folder_are_refused_by_name) {
    const auto missing = read_file(path("none"), 10);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::kRefused);
    EXPECT_NE(missing.error().message.find(path("none")), std::string::npos);
    const auto folder = read_file(folder_, 10);
    ASSERT_FALSE(folder);
    EXPECT_NE(folder.error().message.find("is a folder"), std::string::npos);
}

TEST_F(Files, a_pipe_is_read_to_its_end) {
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    std::thread writer([&] { std::ofstream(path("pipe")) << "through a pipe"; });
    EXPECT_EQ(read_file(path("pipe"), 100), "through a pipe");
    writer.join();
}

TEST_F(Files, a_failed_write_leaves_the_old_file_and_nothing_else) {
    const auto no_folder = write(path("none/f"), "new");
    ASSERT_FALSE(no_folder);
    EXPECT_NE(no_folder.error().message.find(path("none/f")), std::string::npos);
    ASSERT_TRUE(fs::create_directory(folder_ / "d"));
    EXPECT_FALSE(write(path("d"), "new"));
    EXPECT_TRUE(fs::is_directory(folder_ / "d"));
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_FALSE(write(path("pipe"), "new")) << "a device or pipe would be renamed away";
    EXPECT_EQ(entries(), 2U);
}

TEST_F(Files, a_written_file_is_readable_by_all_whatever_the_umask) {
    const mode_t before = umask(077);
    const auto written = write(path("f"), "x");
    umask(before);
    ASSERT_TRUE(written);
    struct stat info {};
    ASSERT_EQ(stat(path("f").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0644U);
}

TEST_F(Files, a_replaced_file_keeps_serving_who_has_it_open) {
    ASSERT_TRUE(write(path("f"), "old"));
    std::ifstream reader(path("f"));
    ASSERT_TRUE(write(path("f"), "new and longer"));
    std::string text;
    std::getline(reader, text);
    EXPECT_EQ(text, "old");
    EXPECT_EQ(read_file(path("f"), 100), "new and longer");
}

TEST_F(Files, concurrent_writers_leave_one_whole_version) {
    std::vector<std::thread> writers;
    for (const char c : {'a', 'b', 'c', 'd'}) {
        writers.emplace_back([&, c] {
            for (int i = 0; i < 20; ++i) (void)write(path("f"), std::string(10'000, c));
        });
    }
    for (std::thread& writer : writers) writer.join();
    const auto text = read_file(path("f"), 20'000);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, std::string(10'000, text->front()));
    EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace lull
