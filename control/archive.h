// State as bytes and back, with one list of members for both ways: a class that is to outlive the
// process has
//
//   void fields(auto& archive) {
//       archive(level_, since_ns_);              // numbers, bools, optionals, arrays, other
//       classes archive.word(phase_, Phase::kLast);      // an enumeration, with its last word
//       archive.list(edges_, kMost);             // a vector or deque, with a bound
//       archive.map(bytes_, kMost);              // of numbers by text
//       archive.given(id_);                      // not kept: whoever constructs it gives it anew
//   }
//
// and names every member in it (a test finds one that is missing). An object is a length and its
// fields in their order, little endian. That lets a class grow: new fields go to the end of the
// list; reading what was written before them leaves them as constructed, and reading what a later
// lull has written skips what is not known. Any other change needs a new format number where the
// bytes begin. Reading trusts nothing: it ends at the end, numbers are finite, times are within 146
// years of 1970, so that their differences fit, words and lengths are within their bounds. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lull {

static_assert(std::endian::native == std::endian::little, "archives are little endian");

class ArchiveWriter;
template <typename Type>
concept Archived = requires(Type& object, ArchiveWriter& archive) {
    object.fields(archive);
};
template <typename Type>
concept PlainNumber = std::is_arithmetic_v<Type>;

class ArchiveWriter {
  public:
    template <typename... Fields>
    void operator()(Fields&... fields) {
        (field(fields), ...);
    }
    template <typename Enum>
    void word(Enum& field, Enum /*last*/) {
        number(static_cast<uint8_t>(field));
    }
    /// Of more than `most` the newest, at the back, are kept.
    template <typename List>
    void list(List& items, std::size_t most) {
        const std::size_t skipped = items.size() > most ? items.size() - most : 0;
        number(static_cast<uint32_t>(items.size() - skipped));
        for (std::size_t i = skipped; i < items.size(); ++i) {
            field(items[i]);
        }
    }
    /// Of more than `most` the first.
    template <typename Map>
    void map(Map& items, std::size_t most) {
        auto left = static_cast<uint32_t>(std::min(items.size(), most));
        number(left);
        for (auto item = items.begin(); left > 0; ++item, --left) {
            text(item->first);
            number(item->second);
        }
    }
    void text(const std::string& text) {
        number(static_cast<uint32_t>(text.size()));
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    template <typename... Fields>
    void given(Fields&...) {}

    [[nodiscard]] std::vector<uint8_t> take() { return std::move(bytes_); }

  private:
    template <PlainNumber Number>
    void number(Number value) {
        const std::size_t at = bytes_.size();
        bytes_.resize(at + sizeof value);
        std::memcpy(bytes_.data() + at, &value, sizeof value);
    }
    template <PlainNumber Number>
    void field(Number& value) {
        number(value);
    }
    template <typename Type>
    void field(std::optional<Type>& value) {
        number(static_cast<uint8_t>(value.has_value()));
        if (value) {
            field(*value);
        }
    }
    template <typename Type, std::size_t N>
    void field(std::array<Type, N>& items) {
        for (Type& item : items) {
            field(item);
        }
    }
    template <Archived Object>
    void field(Object& object) {
        const std::size_t at = bytes_.size();
        number(uint32_t{0});
        object.fields(*this);
        const auto length = static_cast<uint32_t>(bytes_.size() - at - sizeof(uint32_t));
        std::memcpy(bytes_.data() + at, &length, sizeof length);
    }

    std::vector<uint8_t> bytes_;
};

class ArchiveReader {
  public:
    /// What it means that the bytes end before the fields: inside an object that they were written
    /// before these fields were thought of, elsewhere that something is missing.
    enum class Short : uint8_t { kFails, kLeavesFields };
    explicit ArchiveReader(std::span<const uint8_t> bytes, Short ending = Short::kFails)
        : bytes_(bytes), short_(ending) {}

    template <typename... Fields>
    void operator()(Fields&... fields) {
        (field(fields), ...);
    }
    template <typename Enum>
    void word(Enum& field, Enum last) {
        uint8_t value = 0;
        if (!number(value)) {
            return;
        }
        if (value > static_cast<uint8_t>(last)) {
            failed_ = true;
            return;
        }
        field = static_cast<Enum>(value);
    }
    template <typename List>
    void list(List& items, std::size_t most) {
        uint32_t count = 0;
        if (!number(count)) {
            return;
        }
        items.clear();
        // What is left bounds the work: an item is at least a byte.
        if (count > most || count > bytes_.size()) {
            failed_ = true;
            return;
        }
        for (uint32_t i = 0; i < count && !failed_; ++i) {
            field(items.emplace_back());
        }
    }
    template <typename Map>
    void map(Map& items, std::size_t most) {
        uint32_t count = 0;
        if (!number(count)) {
            return;
        }
        items.clear();
        if (count > most) {
            failed_ = true;
            return;
        }
        for (uint32_t i = 0; i < count && !failed_; ++i) {
            std::string key;
            text(key, kMostKeyBytes);
            field(items[key]);
        }
    }
    void text(std::string& text, std::size_t most) {
        uint32_t length = 0;
        if (!number(length)) {
            return;
        }
        const std::span<const uint8_t> found = length <= most ? take(length) : fail();
        text.assign(found.begin(), found.end());
    }
    template <typename... Fields>
    void given(Fields&...) {}

    /// The bytes of the object that comes next, to be read by a reader of its own.
    std::span<const uint8_t> object() {
        uint32_t length = 0;
        return number(length) ? take(length) : std::span<const uint8_t>{};
    }
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    static constexpr int64_t kMostTime = int64_t{1} << 62;
    static constexpr std::size_t kMostKeyBytes = 256;

    std::span<const uint8_t> fail() {
        failed_ = true;
        return {};
    }
    std::span<const uint8_t> take(std::size_t length) {
        if (failed_ || length > bytes_.size()) {
            return fail();
        }
        const std::span<const uint8_t> taken = bytes_.first(length);
        bytes_ = bytes_.subspan(length);
        return taken;
    }
    /// Leaves `value` and gives false where the bytes have ended.
    template <PlainNumber Number>
    bool number(Number& value) {
        if (failed_ || (bytes_.empty() && short_ == Short::kLeavesFields)) {
            return false;
        }
        const std::span<const uint8_t> found = take(sizeof value);
        if (failed_) {
            return false;
        }
        Number read{};
        std::memcpy(&read, found.data(), sizeof read);
        value = read;
        return true;
    }
    void field(bool& value) {
        uint8_t read = 0;
        if (!number(read)) {
            return;
        }
        failed_ = read > 1;
        value = read == 1;
    }
    template <PlainNumber Number>
    void field(Number& value) {
        Number read{};
        if (!number(read)) {
            return;
        }
        if constexpr (std::is_floating_point_v<Number>) {
            failed_ = !std::isfinite(read);
        } else if constexpr (std::is_same_v<Number, int64_t>) {
            failed_ = read > kMostTime || read < -kMostTime;
        }
        if (!failed_) {
            value = read;
        }
    }
    template <typename Type>
    void field(std::optional<Type>& value) {
        uint8_t has = 0;
        if (!number(has)) {
            return;
        }
        value.reset();
        if (has > 1) {
            failed_ = true;
        } else if (has == 1) {
            field(value.emplace());
        }
    }
    template <typename Type, std::size_t N>
    void field(std::array<Type, N>& items) {
        for (Type& item : items) {
            field(item);
        }
    }
    template <Archived Object>
    void field(Object& object_) {
        if (failed_ || (bytes_.empty() && short_ == Short::kLeavesFields)) {
            return;
        }
        ArchiveReader inner(object(), Short::kLeavesFields);
        if (!failed_) {
            object_.fields(inner);
            failed_ = inner.failed_;
        }
    }

    std::span<const uint8_t> bytes_;
    Short short_;
    bool failed_ = false;
};

}  // namespace lull
