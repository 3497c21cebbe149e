#include "control/origins/country_ranges.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "control/origins/csv.h"
#include "control/origins/text.h"

namespace lull {
namespace {

using Address = std::pair<uint64_t, uint64_t>;  // high, low

Address address_of(const IpPrefix& prefix) {
    return {prefix.high, prefix.low};
}

/// The last address of `prefix`.
Address last_of(const IpPrefix& prefix) {
    const unsigned length = prefix.length;
    const uint64_t used = prefix.family == Family::kIpv4 ? ~uint64_t{0} << 32 : ~uint64_t{0};
    const uint64_t high = length >= 64 ? 0 : (~uint64_t{0} >> length) & used;
    if (prefix.family == Family::kIpv4) return {prefix.high | high, 0};
    const uint64_t low = length <= 64    ? ~uint64_t{0}
                         : length == 128 ? 0
                                         : ~uint64_t{0} >> (length - 64);
    return {prefix.high | high, prefix.low | low};
}

struct Range {
    Address first;
    Address last;
};

/// Splits `prefix` until each part lies inside the range or outside; at most 128 deep.
void cover(const IpPrefix& prefix, const Range& range, std::vector<IpPrefix>& out) {
    const Address begin = address_of(prefix);
    const Address end = last_of(prefix);
    if (end < range.first || range.last < begin) return;
    if (range.first <= begin && end <= range.last) {
        out.push_back(prefix);
        return;
    }
    IpPrefix half = prefix;
    ++half.length;
    cover(half, range, out);
    const unsigned bit = half.length - 1U;
    if (bit < 64) {
        half.high |= uint64_t{1} << (63 - bit);
    } else {
        half.low |= uint64_t{1} << (127 - bit);
    }
    cover(half, range, out);
}

/// The one that holds both addresses and is as long as can be.
IpPrefix common_prefix(const IpPrefix& first, const IpPrefix& last) {
    const uint64_t high = first.high ^ last.high;
    const uint64_t low = first.low ^ last.low;
    int length = high != 0 ? __builtin_clzll(high) : low != 0 ? 64 + __builtin_clzll(low) : 128;
    if (length > first.length) length = first.length;
    return shortened(first, static_cast<uint8_t>(length));
}

/// An address, or the number of an IPv4 address.
std::optional<IpPrefix> parse_end(std::string_view text) {
    if (text.find_first_of(".:") != std::string_view::npos) return parse_address(text);
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return IpPrefix{Family::kIpv4, uint64_t{number} << 32, 0, 32};
}

bool is_code(std::string_view text) {
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return text.size() == 2 && capital(text[0]) &&
           (capital(text[1]) || (text[1] >= '0' && text[1] <= '9'));
}

class Parser {
  public:
    Parser(CountryPrefixes& out, const std::string& path) : out_(out), path_(path) {}

    void line(const Line& line) {
        std::string_view rest = line.text;
        const auto first = parse_end(next_field(rest));
        const auto last = parse_end(next_field(rest));
        const std::string_view code = next_field(rest);
        if (!first || !last || first->family != last->family) {
            return reject(line, "not first,last,country with addresses of one family");
        }
        if (address_of(*last) < address_of(*first)) {
            return reject(line, "the range ends before it begins");
        }
        if (code != "??" && !is_code(code)) {
            return reject(line, "the country is not a two-letter code");
        }
        ++out_.records;
        if (code == "??") return;
        PrefixRecord record;
        record.country = find_country(code).value_or(kCountryUnknown);
        record.states_class = false;
        record.kind = SourceKind::kCountryRanges;
        for (const IpPrefix& prefix : prefixes_of_range(*first, *last)) {
            record.prefix = prefix;
            out_.prefixes.push_back(record);
        }
    }

  private:
    void reject(const Line& line, std::string_view reason) {
        out_.rejected.add(path_, line.number, reason);
    }

    CountryPrefixes& out_;
    const std::string& path_;
};

}  // namespace

std::vector<IpPrefix> prefixes_of_range(const IpPrefix& first, const IpPrefix& last) {
    std::vector<IpPrefix> prefixes;
    if (address_of(first) <= address_of(last)) {
        cover(common_prefix(first, last), {address_of(first), address_of(last)}, prefixes);
    }
    return prefixes;
}

Result<CountryPrefixes> read_country_ranges(std::istream& raw, const std::string& path,
                                            Progress* progress) {
    CountryPrefixes out;
    Parser parser(out, path);
    const auto read = read_country_lines(raw, path, progress, "range with a country in it", out,
                                         [&parser](const Line& line) { parser.line(line); });
    if (!read) return tl::unexpected(read.error());
    return out;
}

}  // namespace lull
