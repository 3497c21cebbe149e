#include "control/mrt/compressed.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace lull {

class CompressedInput::Codec {
  public:
    enum class State : uint8_t { kMore, kEnd, kBad };
    struct Step {
        State state = State::kMore;
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };
    virtual ~Codec() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::string_view magic() const = 0;
    /// Unpacks some of `in` into `out`.
    virtual Step step(std::span<const uint8_t> in, std::span<uint8_t> out) = 0;
    /// Makes ready for another member.
    virtual bool restart() = 0;
};

namespace {

constexpr std::size_t kBufferBytes = 1 << 18;             // large enough that calls do not show
constexpr uint64_t kXzMemoryBytes = uint64_t{128} << 20;  // xz -9 needs 65 MiB

using Codec = CompressedInput::Codec;

class Gzip final : public Codec {
  public:
    Gzip() : sound_(inflateInit2(&stream_, kWindowOfGzip) == Z_OK) {}
    ~Gzip() override { inflateEnd(&stream_); }
    [[nodiscard]] std::string_view name() const override { return "gzip"; }
    [[nodiscard]] std::string_view magic() const override { return "\x1f\x8b"; }
    bool restart() override { return sound_ && inflateReset(&stream_) == Z_OK; }
    Step step(std::span<const uint8_t> in, std::span<uint8_t> out) override {
        if (!sound_) return {State::kBad, 0, 0};
        stream_.next_in = const_cast<Bytef*>(in.data());  // zlib does not write there
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        const int result = inflate(&stream_, Z_NO_FLUSH);
        const State state = result == Z_STREAM_END                    ? State::kEnd
                            : result == Z_OK || result == Z_BUF_ERROR ? State::kMore
                                                                      : State::kBad;
        return {state, in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    }

  private:
    static constexpr int kWindowOfGzip = 15 + 16;  // zlib.h: the largest window, gzip header
    z_stream stream_{};
    bool sound_;
};

class Bzip2 final : public Codec {
  public:
    Bzip2() : sound_(BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK) {}
    ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }
    [[nodiscard]] std::string_view name() const override { return "bzip2"; }
    [[nodiscard]] std::string_view magic() const override { return "BZh"; }
    bool restart() override {
        BZ2_bzDecompressEnd(&stream_);
        stream_ = {};
        sound_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
        return sound_;
    }
    Step step(std::span<const uint8_t> in, std::span<uint8_t> out) override {
        if (!sound_) return {State::kBad, 0, 0};
        // bzip2 does not write to its input either.
        stream_.next_in = reinterpret_cast<char*>(const_cast<uint8_t*>(in.data()));
        stream_.avail_in = static_cast<unsigned>(in.size());
        stream_.next_out = reinterpret_cast<char*>(out.data());
        stream_.avail_out = static_cast<unsigned>(out.size());
        const int result = BZ2_bzDecompress(&stream_);
        const State state = result == BZ_STREAM_END ? State::kEnd
                            : result == BZ_OK       ? State::kMore
                                                    : State::kBad;
        return {state, in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    }

  private:
    bz_stream stream_{};
    bool sound_;
};

class Xz final : public Codec {
  public:
    Xz() { restart(); }
    ~Xz() override { lzma_end(&stream_); }
    [[nodiscard]] std::string_view name() const override { return "xz"; }
    [[nodiscard]] std::string_view magic() const override {
        return {
            "\xfd"
            "7zXZ\0",
            6};
    }
    bool restart() override {
        sound_ = lzma_stream_decoder(&stream_, kXzMemoryBytes, 0) == LZMA_OK;
        return sound_;
    }
    Step step(std::span<const uint8_t> in, std::span<uint8_t> out) override {
        if (!sound_) return {State::kBad, 0, 0};
        stream_.next_in = in.data();
        stream_.avail_in = in.size();
        stream_.next_out = out.data();
        stream_.avail_out = out.size();
        const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
        const State state = result == LZMA_STREAM_END                       ? State::kEnd
                            : result == LZMA_OK || result == LZMA_BUF_ERROR ? State::kMore
                                                                            : State::kBad;
        return {state, in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    }

  private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool sound_ = false;
};

bool begins_with(std::span<const uint8_t> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() &&
           std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

std::unique_ptr<Codec> codec_of(std::span<const uint8_t> bytes) {
    std::array<std::unique_ptr<Codec>, 3> all{std::make_unique<Gzip>(), std::make_unique<Bzip2>(),
                                              std::make_unique<Xz>()};
    for (auto& codec : all) {
        if (begins_with(bytes, codec->magic())) return std::move(codec);
    }
    return nullptr;
}

}  // namespace

CompressedInput::CompressedInput(std::istream& raw, Progress* progress)
    : raw_(raw), progress_(progress), buffer_(kBufferBytes) {}

CompressedInput::~CompressedInput() = default;

bool CompressedInput::refill() {
    raw_.read(reinterpret_cast<char*>(buffer_.data()),
              static_cast<std::streamsize>(buffer_.size()));
    in_ = std::span<const uint8_t>(buffer_).first(static_cast<std::size_t>(raw_.gcount()));
    hash_.add(in_);
    raw_bytes_ += in_.size();
    if (progress_ != nullptr) progress_->tick(raw_bytes_);
    if (raw_.bad()) problem_ = "the file cannot be read to its end";
    return !in_.empty();
}

void CompressedInput::begin() {
    started_ = true;
    refill();
    codec_ = codec_of(in_);
}

void CompressedInput::end(std::string_view problem) {
    done_ = true;
    if (codec_ != nullptr && problem_.empty() && !problem.empty()) {
        problem_ = fmt::format("the {} data {}", codec_->name(), problem);
    }
}

std::size_t CompressedInput::copy(std::span<uint8_t> out) {
    if (in_.empty() && !refill()) {
        end("");
        return 0;
    }
    const std::size_t count = std::min(in_.size(), out.size());
    std::memcpy(out.data(), in_.data(), count);
    in_ = in_.subspan(count);
    return count;
}

/// Steps over the zeros that tapes and xz put behind a member, into the next one if there is one.
bool CompressedInput::next_member() {
    while (true) {
        while (!in_.empty() && in_.front() == 0) in_ = in_.subspan(1);
        if (!in_.empty()) break;
        if (!refill()) {
            end("");
            return false;
        }
    }
    // A magic that straddles two reads is not worth a buffer: its first octet must do.
    if (in_.front() != static_cast<uint8_t>(codec_->magic().front()) || !codec_->restart()) {
        end("are followed by something else");
        return false;
    }
    between_members_ = false;
    return true;
}

std::size_t CompressedInput::unpack(std::span<uint8_t> out) {
    if (between_members_ && !next_member()) return 0;
    const bool at_end = in_.empty() && !refill();
    const Codec::Step step = codec_->step(in_, out);
    in_ = in_.subspan(step.consumed);
    if (step.state == Codec::State::kEnd) {
        between_members_ = true;
    } else if (step.state == Codec::State::kBad) {
        end("are damaged");
    } else if (step.produced == 0 && step.consumed == 0) {
        end(at_end ? "are cut short" : "are damaged");  // no progress: there will be none
    }
    return step.produced;
}

std::size_t CompressedInput::read(std::span<uint8_t> out) {
    if (!started_) begin();
    std::size_t filled = 0;
    while (filled < out.size() && !done_) {
        const auto rest = out.subspan(filled);
        filled += codec_ == nullptr ? copy(rest) : unpack(rest);
    }
    return filled;
}

std::string CompressedInput::sha256() {
    while (refill()) {
    }
    return to_hex(hash_.finish());
}

}  // namespace lull
