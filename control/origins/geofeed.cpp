#include "control/origins/geofeed.h"

#include <array>
#include <optional>
#include <set>

#include "control/origins/csv.h"
#include "control/origins/text.h"

namespace lull {
namespace {

std::optional<IpPrefix> parse_location(std::string_view text) {
    if (text.find('/') == std::string_view::npos) return parse_address(text);
    auto prefix = parse_prefix(text);
    if (!prefix) return std::nullopt;
    return *prefix;
}

/// Two letters in either case (RFC 8805 §2.1.1.2), in capitals; nullopt for anything else.
std::optional<std::array<char, 2>> parse_code(std::string_view text) {
    if (text.size() != 2) return std::nullopt;
    std::array<char, 2> code{text[0], text[1]};
    for (char& c : code) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c < 'A' || c > 'Z') return std::nullopt;
    }
    return code;
}

class Parser {
  public:
    Parser(CountryPrefixes& out, const std::string& path, uint32_t asn)
        : out_(out), path_(path), asn_(asn) {}

    void line(const Line& line) {
        std::string_view rest = line.text;
        const auto prefix = parse_location(next_field(rest));
        if (!prefix) return reject(line, "does not begin with a prefix without host bits");
        const std::string_view text = next_field(rest);
        const auto code = parse_code(text);
        if (!text.empty() && !code) return reject(line, "the country is not two letters");
        if (seen_.size() >= kMaxFeedPrefixes) return reject(line, "of too many prefixes");
        if (!seen_.insert(*prefix).second) return reject(line, "the prefix is given twice");
        ++out_.records;
        if (text.empty()) return;
        PrefixRecord record;
        record.prefix = *prefix;
        record.asn = asn_;
        record.country = find_country({code->data(), code->size()}).value_or(kCountryUnknown);
        record.states_class = false;
        record.kind = SourceKind::kGeofeed;
        out_.prefixes.push_back(record);
    }

  private:
    void reject(const Line& line, std::string_view reason) {
        out_.rejected.add(path_, line.number, reason);
    }

    CountryPrefixes& out_;
    const std::string& path_;
    uint32_t asn_;
    std::set<IpPrefix> seen_;
};

}  // namespace

Result<CountryPrefixes> read_geofeed(std::istream& raw, const std::string& path, uint32_t asn,
                                     Progress* progress) {
    CountryPrefixes out;
    Parser parser(out, path, asn);
    const auto read = read_country_lines(raw, path, progress, "prefix with a country in it", out,
                                         [&parser](const Line& line) { parser.line(line); });
    if (!read) return tl::unexpected(read.error());
    return out;
}

GeofeedName parse_geofeed_name(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && text.starts_with("AS")) {
        if (const auto asn = parse_asn(text.substr(0, equals))) {
            return {*asn, std::string(text.substr(equals + 1))};
        }
    }
    return {0, std::string(text)};
}

}  // namespace lull
