#include "control/origins/location_dump.h"

#include <string_view>

#include "control/origins/text.h"

namespace lull {
namespace {

/// The lines of one block, gathered until the blank line behind it.
struct Block {
    uint64_t first_line = 0;  // 0: no line yet
    std::optional<IpPrefix> prefix;
    std::optional<uint32_t> asn;
    std::optional<CountryId> country;
    std::string name;
    bool anycast = false;
    bool satellite = false;
    bool proxy = false;
    // The first thing wrong with it: its line and why. 0: nothing is.
    uint64_t bad_line = 0;
    std::string_view reason;
};

/// Two letters or a letter and a digit (libloc has used A1 to A3); EU, AP and retired codes are
/// stated and are no country, hence ZZ.
bool is_country_code(std::string_view text) {
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return text.size() == 2 && capital(text[0]) &&
           (capital(text[1]) || (text[1] >= '0' && text[1] <= '9'));
}

class Parser {
  public:
    Parser(LocationDump& dump, const std::string& path) : dump_(dump), path_(path) {}

    void line(const Line& line) {
        const std::string_view text = trimmed(line.text);
        if (text.starts_with('#')) return;
        if (text.empty() && !line.too_long) return end_block();
        if (block_.first_line == 0) block_.first_line = line.number;
        if (line.too_long) return reject(line.number, "the line is too long");
        if (!line.terminated) return reject(line.number, "the file ends inside this line");
        const std::size_t colon = text.find(": ");
        if (colon == std::string_view::npos) {
            if (!text.ends_with(':')) reject(line.number, "not `key: value`");
            return;  // a key without a value states nothing
        }
        field(line.number, text.substr(0, colon), trimmed(text.substr(colon + 1)));
    }

    void end_block() {
        if (block_.first_line == 0) return;
        if (block_.bad_line != 0) {
            dump_.rejected.add(path_, block_.bad_line, block_.reason);
        } else if (block_.prefix) {
            dump_.prefixes.push_back(
                {*block_.prefix, block_.asn.value_or(0), block_.country, block_class()});
            ++dump_.records;
        } else if (block_.asn) {
            if (!block_.name.empty()) {
                dump_.as_names.emplace_back(*block_.asn, std::move(block_.name));
            }
            ++dump_.records;
        } else {
            dump_.rejected.add(path_, block_.first_line, "a block with neither net nor aut-num");
        }
        block_ = Block{};
    }

  private:
    void reject(uint64_t line, std::string_view reason) {
        if (block_.bad_line != 0) return;
        block_.bad_line = line;
        block_.reason = reason;
    }

    void field(uint64_t line, std::string_view key, std::string_view value) {
        if (key == "net") {
            if (block_.prefix) return reject(line, "a second net in one block");
            auto prefix = parse_prefix(value);
            if (!prefix) return reject(line, "net is not a prefix without host bits");
            block_.prefix = *prefix;
        } else if (key == "country") {
            if (block_.country) return reject(line, "a second country in one block");
            if (!is_country_code(value)) return reject(line, "country is not a two-letter code");
            block_.country = find_country(value).value_or(kCountryUnknown);
        } else if (key == "aut-num") {
            if (block_.asn) return reject(line, "a second aut-num in one block");
            block_.asn = parse_asn(value);
            if (!block_.asn) reject(line, "aut-num is not an AS number");
        } else if (key == "name") {
            block_.name = clean_text(value, kMaxNameBytes);
        } else if (value == "yes" || value == "1") {
            flag(key);
        }
    }

    void flag(std::string_view key) {
        if (key == "is-anycast") block_.anycast = true;
        if (key == "is-satellite-provider") block_.satellite = true;
        if (key == "is-anonymous-proxy") block_.proxy = true;
        // `drop` (hostile networks) says nothing about whose traffic it is.
    }

    [[nodiscard]] PrefixClass block_class() const {
        if (block_.anycast) return PrefixClass::kAnycast;
        if (block_.satellite) return PrefixClass::kSatellite;
        return block_.proxy ? PrefixClass::kVpn : PrefixClass::kUnknown;
    }

    LocationDump& dump_;
    const std::string& path_;
    Block block_;
};

}  // namespace

Result<LocationDump> read_location_dump(std::istream& input, const std::string& path,
                                        Progress* progress) {
    LocationDump dump;
    Parser parser(dump, path);
    LineReader reader(input, progress);
    for (Line line; reader.next(line);) parser.line(line);
    parser.end_block();
    if (reader.read_failed()) return failed("{}: cannot be read to its end", path);
    if (dump.prefixes.empty()) {
        return refused(
            "{}: no networks in it ({}); make it with "
            "`location dump FILE`",
            path, dump.rejected.summary("records refused"));
    }
    dump.sha256 = reader.sha256();
    return dump;
}

}  // namespace lull
