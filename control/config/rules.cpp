// See rules.h. Numbers are read by from_chars: no locale, no octal, no silent cut.
#include "control/config/rules.h"

#include <charconv>
#include <cmath>

#include "control/config/listen.h"
#include "control/ipfix/collector.h"
#include "control/time_text.h"
#include "control/utf8.h"

namespace lull {
namespace {

/// All of `text` as a number: "010", "+1", "0x10", "1 " and "1_000" are none.
template <typename Number>
std::optional<Number> read_number(std::string_view text) {
    if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return std::nullopt;
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string with_unit(uint32_t number, std::string_view unit) {
    return unit.empty() ? fmt::format("{}", number) : fmt::format("{} {}", number, unit);
}

/// Reads a whole number within bounds; the one place that words the refusals.
std::optional<uint32_t> read_count(const Value& value, const CountRule& rule) {
    const std::string wanted =
        fmt::format("a whole number from {} to {}", rule.min, with_unit(rule.max, rule.unit));
    const auto text = value.plain(wanted);
    if (!text) return std::nullopt;
    const auto number = read_number<int64_t>(*text);
    if (!number) {
        value.fail(fmt::format(
            "{} is not a whole number: write one from {} to {}{}", in_quotes(*text), rule.min,
            with_unit(rule.max, rule.unit),
            rule.zero_word.empty() ? std::string() : fmt::format(", or {}", rule.zero_word)));
    } else if (*number < rule.min) {
        value.fail(fmt::format("{} is below {}", *number, with_unit(rule.min, rule.unit)));
    } else if (*number > rule.max) {
        value.fail(fmt::format("{} is above {}", *number, with_unit(rule.max, rule.unit)));
    } else {
        return static_cast<uint32_t>(*number);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> Value::text(std::string_view wanted) const {
    switch (node_.kind) {
        case YamlNode::Kind::kScalar:
            return node_.text;
        case YamlNode::Kind::kNull:
            fail(fmt::format("has no value: it needs {}; without the line its default holds",
                             wanted));
            break;
        case YamlNode::Kind::kSequence:
            fail(fmt::format("is a list: it needs {}", wanted));
            break;
        case YamlNode::Kind::kMapping:
            fail(fmt::format("is a mapping: it needs {}", wanted));
            break;
    }
    return std::nullopt;
}

std::optional<std::string> Value::plain(std::string_view wanted) const {
    if (node_.kind == YamlNode::Kind::kScalar && node_.quoted) {
        fail(fmt::format("{} is a text: it needs {}, without quotes", in_quotes(node_.text),
                         wanted));
        return std::nullopt;
    }
    return text(wanted);
}

std::vector<Value> Value::items(std::size_t max_items) const {
    std::vector<Value> list;
    if (node_.kind != YamlNode::Kind::kSequence) {
        fail("needs a list: write [a, b], or [] for none");
        return list;
    }
    if (node_.items.size() > max_items) {
        fail(fmt::format("{} entries: at most {} fit here", node_.items.size(), max_items));
        return list;
    }
    for (std::size_t i = 0; i < node_.items.size(); ++i) {
        list.emplace_back(node_.items[i], fmt::format("{}[{}]", path_, i), context_);
        context_.places[list.back().path()] = node_.items[i].place;
    }
    return list;
}

void TextRule::read(const Value& value, std::string& out) const {
    const auto text = value.text("a text");
    if (!text) return;
    if (text->empty()) return value.fail("is empty: write a text");
    if (text->size() > max_bytes) {
        return value.fail(fmt::format("longer than {} bytes", max_bytes));
    }
    if (!is_printable(*text)) {
        return value.fail(fmt::format("{} holds a control character", in_quotes(*text)));
    }
    out = *text;
}

void SwitchRule::read(const Value& value, bool& out) const {
    const auto text = value.plain("true or false");
    if (!text) return;
    if (*text != "true" && *text != "false") {
        return value.fail(fmt::format("{}: write true or false", in_quotes(*text)));
    }
    out = *text == "true";
}

void CountRule::read(const Value& value, uint32_t& out) const {
    if (!zero_word.empty() && value.node().text == zero_word) {
        out = 0;
    } else if (const auto number = read_count(value, *this)) {
        out = *number;
    }
}

void NumberRule::read(const Value& value, double& out) const {
    const std::string wanted = fmt::format("a number from {} to {}", min, max);
    const auto text = value.plain(wanted);
    if (!text) return;
    const auto number = read_number<double>(*text);
    if (!number || !std::isfinite(*number)) {
        value.fail(fmt::format("{} is not a number: it needs {}", in_quotes(*text), wanted));
    } else if (*number < min || *number > max) {
        value.fail(fmt::format("{} is {} {}", *text, *number < min ? "below" : "above",
                               *number < min ? min : max));
    } else {
        out = *number;
    }
}

void DurationRule::read(const Value& value, double& out) const {
    const auto text = value.text("a duration such as 10s");
    if (!text) return;
    const auto seconds = parse_duration_s(*text);
    if (!seconds) {
        value.fail(
            fmt::format("{} is not a duration: write whole numbers with units, as 10s 5m "
                        "1h30m 7d",
                        in_quotes(*text)));
    } else if (*seconds < min_s || *seconds > max_s) {
        value.fail(fmt::format("{} is {} {}", *text, *seconds < min_s ? "below" : "above",
                               format_duration(*seconds < min_s ? min_s : max_s)));
    } else {
        out = *seconds;
    }
}

nlohmann::json DurationRule::write(double field) const {
    return format_duration(field);
}

void TimeRule::read(const Value& value, int64_t& out) const {
    const auto text = value.text("a time such as 2014-12-22T16:15:00Z");
    if (!text) return;
    if (const auto time_ns = parse_time_ns(*text)) {
        out = *time_ns;
    } else {
        value.fail(
            fmt::format("{} is not a time: write it as 2014-12-22T16:15:00Z", in_quotes(*text)));
    }
}

nlohmann::json TimeRule::write(int64_t field) const {
    return format_time(field);
}

void CountryRule::read(const Value& value, std::string& out) const {
    const auto text = value.text("a country code such as KP");
    if (!text) return;
    if (!value.context().country_known(*text)) {
        return value.fail(
            fmt::format("{} is no country: write the ISO 3166-1 alpha-2 code in upper "
                        "case, as KP",
                        in_quotes(*text)));
    }
    out = *text;
}

void ListenRule::read(const Value& value, std::string& out) const {
    const auto text = value.text("an address and port such as 127.0.0.1:9464");
    if (!text) return;
    if (!parse_listen(*text)) {
        return value.fail(
            fmt::format("{} is no listening address: write \"127.0.0.1:9464\", "
                        "\"[::1]:9464\", or 0.0.0.0 and [::] for every interface",
                        in_quotes(*text)));
    }
    out = *text;
}

void UrlRule::read(const Value& value, std::string& out) const {
    std::string text;
    TextRule{1024}.read(value, text);
    if (text.empty()) return;
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        // Not quoted: a password may be in it.
        return value.fail("is no address: write http:// or https:// in front");
    }
    out = text;
}

void SliceRule::read(const Value& value, uint32_t& out) const {
    out = 0;
    if (value.is_null()) return;
    // Below 64 bytes no tap cuts: the headers would not fit. A frame is at most 64 KiB.
    if (const auto number = read_count(value, {64, 65'535, "bytes", ""})) out = *number;
}

void CollectorRule::read(const Value& value, std::string& out) const {
    std::string text;
    TextRule{1024}.read(value, text);
    if (text.empty()) return;
    if (const auto address = parse_collector(text); !address) {
        return value.fail(fmt::format("{} {}", in_quotes(text), address.error().message));
    }
    out = text;
}

}  // namespace lull
