#include "control/origins/delegated.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "control/origins/text.h"

namespace lull {
namespace {

constexpr uint64_t kIpv4Addresses = uint64_t{1} << 32;

/// The first seven fields; the holder's handle behind them says nothing here.
using Fields = std::array<std::string_view, 7>;

std::optional<Fields> split(std::string_view line) {
    Fields fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::size_t bar = line.find('|');
        fields[i] = line.substr(0, bar);
        if (bar == std::string_view::npos) {
            return i + 1 == fields.size() ? std::optional(fields) : std::nullopt;
        }
        line.remove_prefix(bar + 1);
    }
    return fields;
}

std::optional<uint64_t> number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_code(std::string_view text) {
    return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

class Parser {
  public:
    Parser(CountryPrefixes& out, const std::string& path) : out_(out), path_(path) {}

    void line(const Line& line) {
        const std::string_view text = line.text;
        if (text.ends_with("|summary")) return;
        if (text.front() >= '0' && text.front() <= '9') return;  // the version line
        const auto fields = split(text);
        if (!fields) return reject(line, "not registry|cc|type|start|value|date|status");
        block(line, *fields);
    }

  private:
    void reject(const Line& line, std::string_view reason) {
        out_.rejected.add(path_, line.number, reason);
    }

    void block(const Line& line, const Fields& fields) {
        const auto& [registry, code, type, start, value, date, status] = fields;
        const bool held = status == "allocated" || status == "assigned";
        if (type == "asn" || !held) return;
        if (!is_code(code)) return reject(line, "the country is not a two-letter code");
        const auto address = parse_address(start);
        const auto size = number(value);
        if (!address || !size) return reject(line, "not an address and a number");
        const CountryId country = find_country(code).value_or(kCountryUnknown);
        const bool used = type == "ipv4"   ? add_ipv4(*address, *size, country)
                          : type == "ipv6" ? add_ipv6(*address, *size, country)
                                           : false;
        if (!used) return reject(line, "a block that no addresses fill");
        ++out_.records;
    }

    bool add_ipv4(const IpPrefix& address, uint64_t count, CountryId country) {
        uint64_t first = address.high >> 32;
        if (address.family != Family::kIpv4 || count == 0 || count > kIpv4Addresses - first) {
            return false;
        }
        for (const uint64_t end = first + count; first < end;) {
            // The largest aligned block that begins here and does not reach beyond the end.
            uint8_t length = 32;
            while (length > 0) {
                const uint64_t wider = uint64_t{1} << (33 - length);
                if (first % wider != 0 || first + wider > end) break;
                --length;
            }
            add({Family::kIpv4, first << 32, 0, length}, country);
            first += uint64_t{1} << (32 - length);
        }
        return true;
    }

    bool add_ipv6(const IpPrefix& address, uint64_t length, CountryId country) {
        if (address.family != Family::kIpv6 || length == 0 || length > 128) return false;
        IpPrefix prefix = shortened(address, static_cast<uint8_t>(length));
        if (prefix.high != address.high || prefix.low != address.low) return false;
        add(prefix, country);
        return true;
    }

    void add(const IpPrefix& prefix, CountryId country) {
        PrefixRecord record;
        record.prefix = prefix;
        record.country = country;
        record.states_class = false;
        record.kind = SourceKind::kDelegated;
        out_.prefixes.push_back(record);
    }

    CountryPrefixes& out_;
    const std::string& path_;
};

}  // namespace

Result<CountryPrefixes> read_delegated(std::istream& raw, const std::string& path,
                                       Progress* progress) {
    CountryPrefixes out;
    Parser parser(out, path);
    const auto read = read_country_lines(raw, path, progress, "delegated addresses in it", out,
                                         [&parser](const Line& line) { parser.line(line); });
    if (!read) return tl::unexpected(read.error());
    return out;
}

}  // namespace lull
