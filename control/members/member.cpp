#include "control/members/member.h"

#include <charconv>

namespace lull {

std::string member_label(const MemberKey& key) {
    return key.asn != 0 ? "AS" + std::to_string(key.asn) : format_mac(key.mac);
}

std::optional<MacNumber> parse_mac(std::string_view text) {
    constexpr std::size_t kDigits = 12;
    const char separator = text.size() > 4 ? text.find('.') == 4 ? '.' : text[2] : '\0';
    const std::size_t group = separator == '.' ? 4 : 2;
    if (text.size() != kDigits + kDigits / group - 1 ||
        (separator != ':' && separator != '-' && separator != '.')) {
        return std::nullopt;
    }
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % (group + 1) == group) {
            if (text[i] != separator) return std::nullopt;
        } else {
            digits += text[i];
        }
    }
    MacNumber mac = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), mac, 16);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || !is_unicast(mac)) {
        return std::nullopt;
    }
    return mac;
}

}  // namespace lull
