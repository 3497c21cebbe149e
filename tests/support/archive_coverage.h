// An archive that keeps nothing and finds the members that a class's fields() does not name: bytes
// of the object that no field covers and that are no padding. GCC says exactly which bytes are
// padding, for classes that are trivially copyable; for others, and with arrays (behind which GCC
// 12 loses its place), padding is what alignment needs between two fields, and a small member that
// would fit in there is not seen.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "control/archive.h"

namespace lull::test {

class ArchiveCoverage {
  public:
    /// What is missing of `object` and of all that its fields hold; empty when nothing is.
    template <typename Object>
    static std::vector<std::string> missing(Object& object, const std::string& name) {
        return look(object, name).found_;
    }

    template <typename... Fields>
    void operator()(Fields&... fields) {
        (field(fields), ...);
    }
    template <typename Enum>
    void word(Enum& field, Enum /*last*/) {
        cover(field);
    }
    template <typename Map>
    void map(Map& items, std::size_t /*most*/) {
        cover(items);
    }
    template <typename List>
    void list(List& items, std::size_t /*most*/) {
        cover(items);
        typename List::value_type item{};
        look_into(item);
    }
    template <typename... Fields>
    void given(Fields&... fields) {
        (cover(fields), ...);
    }

  private:
    struct Span {
        std::size_t at, size, align;
    };
    ArchiveCoverage(const uint8_t* base, std::string name) : base_(base), name_(std::move(name)) {}
    template <typename Object>
    static ArchiveCoverage look(Object& object, const std::string& name) {
        ArchiveCoverage coverage(reinterpret_cast<const uint8_t*>(&object), name);
        object.fields(coverage);
        coverage.template check<Object>();
        return coverage;
    }

    template <typename Field>
    void cover(Field& field) {
        const auto* at = reinterpret_cast<const uint8_t*>(&field);
        spans_.push_back({static_cast<std::size_t>(at - base_), sizeof(Field), alignof(Field)});
    }
    template <typename Field>
    void field(Field& field) {
        cover(field);
        look_into(field);
    }
    template <typename Field>
    void look_into(Field& field) {
        if constexpr (requires(ArchiveCoverage & archive) { field.fields(archive); }) {
            const ArchiveCoverage inner =
                look(field, fmt::format("{} / field {}", name_, spans_.size()));
            found_.insert(found_.end(), inner.found_.begin(), inner.found_.end());
            has_array_ = has_array_ || inner.has_array_;
        }
    }
    template <typename Item, std::size_t N>
    void look_into(std::array<Item, N>& items) {
        has_array_ = true;
        look_into(items[0]);
    }
    template <typename Object>
    void check() {
        std::sort(spans_.begin(), spans_.end(),
                  [](const Span& a, const Span& b) { return a.at < b.at; });
        std::size_t end = 0;
        // Where GCC looks exactly below, a member's own parts may be named in its place, and its
        // alignment is not known.
        const bool exact = std::is_trivially_copyable_v<Object> && !has_array_;
        for (const Span& span : spans_) {
            gap(end, span.at, exact ? alignof(Object) : span.align);
            end = std::max(end, span.at + span.size);
        }
        gap(end, sizeof(Object), alignof(Object));
#if defined(__GNUC__) && !defined(__clang__)
        if constexpr (std::is_trivially_copyable_v<Object>) {
            if (has_array_) {
                return;
            }
            alignas(Object) uint8_t bytes[sizeof(Object)];
            std::memset(bytes, 0xff, sizeof bytes);
            __builtin_clear_padding(reinterpret_cast<Object*>(bytes));
            for (const Span& span : spans_) {
                std::memset(bytes + span.at, 0, span.size);
            }
            const auto* value = std::find(bytes, bytes + sizeof bytes, 0xff);
            if (value != bytes + sizeof bytes) {
                found_.push_back(fmt::format("{}: byte {} is of no field", name_, value - bytes));
            }
        }
#endif
    }
    void gap(std::size_t end, std::size_t next, std::size_t align) {
        if ((end + align - 1) / align * align < next) {
            found_.push_back(fmt::format("{}: bytes {} to {} are of no field", name_, end, next));
        }
    }

    const uint8_t* base_;
    std::string name_;
    std::vector<Span> spans_;
    std::vector<std::string> found_;
    bool has_array_ = false;
};

}  // namespace lull::test
