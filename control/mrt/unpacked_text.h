// A CompressedInput as a std::streambuf, for what reads lines.
#pragma once

#include <streambuf>
#include <vector>

#include "control/mrt/compressed.h"

namespace lull {

class UnpackedText final : public std::streambuf {
  public:
    /// `input` outlives this.
    explicit UnpackedText(CompressedInput& input) : input_(input), buffer_(kBufferBytes) {}

  private:
    static constexpr std::size_t kBufferBytes = 1 << 16;

    int_type underflow() override {
        const std::size_t got =
            input_.read({reinterpret_cast<uint8_t*>(buffer_.data()), buffer_.size()});
        setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
        return got == 0 ? traits_type::eof() : traits_type::to_int_type(buffer_.front());
    }

    CompressedInput& input_;
    std::vector<char> buffer_;
};

}  // namespace lull
