#include "control/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "control/files.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

std::size_t files_in(const std::string& path) {
    const std::filesystem::directory_iterator files(std::filesystem::path(path).parent_path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST(OutputFile, is_there_as_a_whole_or_not_at_all) {
    const TemporaryFolder folder;
    const std::string path = folder.file("out.csv");
    for (const char* text : {"a\n", "b\n"}) {
        auto file = OutputFile::open(path);
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->write(text));
        ASSERT_TRUE(file->finish());
        EXPECT_EQ(read_file(path, 100), text);
    }
    {
        auto file = OutputFile::open(path);
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->write("half"));
    }
    EXPECT_EQ(read_file(path, 100), "b\n");
    EXPECT_EQ(files_in(path), 1U);
    EXPECT_FALSE(OutputFile::open(folder.file("none/out.csv")));
}

TEST(OutputFile, says_when_there_is_no_room) {
    auto file = OutputFile::open("/dev/full");
    ASSERT_TRUE(file);
    (void)file->write("x");
    const auto done = file->finish();
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("/dev/full: cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace lull
