// What a command writes bit by bit: stdout, or a file that is there as a whole or not at all.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "dataplane/error.h"

namespace lull {

class OutputFile {
  public:
    /// "" is stdout. A file's rows go to a temporary one beside it until finish(); a pipe or a
    /// device is written as it is.
    static Result<OutputFile> open(const std::string& path);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    /// Without finish() a file that was there stays, and nothing is left beside it.
    ~OutputFile();

    Result<void> write(std::string_view text);
    Result<void> finish();

  private:
    OutputFile(std::FILE* file, std::string path, std::string temporary)
        : file_(file), path_(std::move(path)), temporary_(std::move(temporary)) {}
    [[nodiscard]] tl::unexpected<Error> failure() const;

    std::FILE* file_;
    std::string path_;
    std::string temporary_;  // "": written as it is
};

}  // namespace lull
