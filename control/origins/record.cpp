#include "control/origins/record.h"

#include <charconv>

namespace lull {

std::optional<uint32_t> parse_asn(std::string_view text) {
    if (text.starts_with("AS")) text.remove_prefix(2);
    uint32_t asn = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asn);
    if (error != std::errc{} || end != text.data() + text.size() || asn == 0) return std::nullopt;
    return asn;
}

}  // namespace lull
