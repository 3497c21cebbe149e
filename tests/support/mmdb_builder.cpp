#include "tests/support/mmdb_builder.h"

#include <stdexcept>

namespace lull::testing {
namespace {

// Control bytes: the type in the top three bits, the size below; type 0 has its number, less 7, in
// the next byte.
std::string text(std::string_view value) {
    std::string out(1, static_cast<char>(2U << 5 | value.size()));
    out.append(value);
    return out;
}

std::string map(unsigned pairs) {
    return std::string(1, static_cast<char>(7 << 5 | pairs));
}

std::string number(unsigned type, uint32_t value, unsigned width) {
    std::string out(1, static_cast<char>((type > 7 ? 0 : type) << 5 | width));
    if (type > 7) out += static_cast<char>(type - 7);
    for (unsigned i = width; i > 0; --i) out += static_cast<char>(value >> (8 * (i - 1)));
    return out;
}

constexpr unsigned kUint16 = 5, kUint32 = 6, kUint64 = 9, kArray = 11;

}  // namespace

MmdbBuilder::MmdbBuilder(unsigned ip_version) : ip_version_(ip_version) {}

/// Makes nodes down to the prefix; the link that stands for all of it.
MmdbBuilder::Link& MmdbBuilder::place(std::string_view prefix) {
    const auto parsed = parse_prefix(prefix);
    if (!parsed || parsed->length == 0)
        throw std::runtime_error("no prefix: " + std::string(prefix));
    const unsigned above = parsed->family == Family::kIpv4 && ip_version_ == 6 ? 96 : 0;
    const unsigned length = above + parsed->length;
    const auto bit = [&](unsigned i) -> std::size_t {
        if (i < above) return 0;
        i -= above;
        return i < 64 ? parsed->high >> (63 - i) & 1 : parsed->low >> (127 - i) & 1;
    };
    uint32_t node = 0;
    for (unsigned i = 0; i + 1 < length; ++i) {
        if (nodes_[node][bit(i)].node == 0) {
            // What an outer prefix said holds for both halves until one of them says otherwise.
            const Link outer = nodes_[node][bit(i)];
            nodes_[node][bit(i)] = {static_cast<uint32_t>(nodes_.size()), 0};
            nodes_.push_back({outer, outer});
        }
        node = nodes_[node][bit(i)].node;
    }
    return nodes_[node][bit(length - 1)];
}

MmdbBuilder& MmdbBuilder::add(std::string_view prefix, std::string_view country,
                              std::string_view registered) {
    place(prefix).data = static_cast<uint32_t>(data_.size()) + 1;
    data_ += map((country.empty() ? 0U : 1U) + (registered.empty() ? 0U : 1U));
    if (!country.empty()) data_ += text("country") + map(1) + text("iso_code") + text(country);
    if (!registered.empty()) {
        data_ += text("registered_country") + map(1) + text("iso_code") + text(registered);
    }
    return *this;
}

MmdbBuilder& MmdbBuilder::alias(std::string_view prefix, std::string_view target) {
    const Link to = place(target);
    place(prefix) = to;
    return *this;
}

std::string MmdbBuilder::bytes() const {
    const auto count = static_cast<uint32_t>(nodes_.size());
    std::string out;
    for (const Node& node : nodes_) {
        for (const Link& link : node) {
            const uint32_t value = link.node != 0   ? link.node
                                   : link.data != 0 ? count + 16 + link.data - 1
                                                    : count;
            for (const unsigned shift : {16U, 8U, 0U}) out += static_cast<char>(value >> shift);
        }
    }
    out += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    out += map(9) + text("binary_format_major_version") + number(kUint16, 2, 1);
    out += text("binary_format_minor_version") + number(kUint16, 0, 0);
    out += text("build_epoch") + number(kUint64, 1'419'264'900, 4);
    out += text("database_type") + text("Test-Country") + text("description") + map(0);
    out += text("ip_version") + number(kUint16, ip_version_, 1);
    out += text("languages") + number(kArray, 0, 0);
    out += text("node_count") + number(kUint32, count, 4);
    return out + text("record_size") + number(kUint16, 24, 1);
}

}  // namespace lull::testing
