// What a key may hold: one small rule for each kind of value, with its unit and bounds. A rule
// reads a YAML node into a field (reporting, never stopping) and writes a field as JSON; write()
// of what read() took is read back as the same, so the effective config can be fed in again.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/yaml_tree.h"

namespace lull {

/// What reading one file shares.
struct ReadContext {
    Problems& problems;
    std::map<std::string, Place>& places;
    const CountryKnown& country_known;
};

/// One node on its way into a field.
class Value {
  public:
    Value(const YamlNode& node, std::string path, ReadContext& context)
        : node_(node), path_(std::move(path)), context_(context) {}

    [[nodiscard]] bool is_null() const { return node_.kind == YamlNode::Kind::kNull; }
    [[nodiscard]] const YamlNode& node() const { return node_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] ReadContext& context() const { return context_; }
    /// Reports "path: message". `wanted` completes "needs ".
    void fail(std::string_view message) const {
        context_.problems.add(node_.place, path_, message);
    }

    /// The scalar's text; reports and gives nullopt for null, lists and mappings.
    [[nodiscard]] std::optional<std::string> text(std::string_view wanted) const;
    /// The same for what must not be in quotes: numbers and switches.
    [[nodiscard]] std::optional<std::string> plain(std::string_view wanted) const;
    /// Items of a list of at most `max_items`; reports anything else.
    [[nodiscard]] std::vector<Value> items(std::size_t max_items) const;

  private:
    const YamlNode& node_;
    std::string path_;
    ReadContext& context_;
};

struct TextRule {
    std::size_t max_bytes = 256;
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

struct SwitchRule {
    void read(const Value& value, bool& out) const;
    [[nodiscard]] nlohmann::json write(bool field) const { return field; }
};

struct CountRule {
    uint32_t min = 0;
    uint32_t max = 0;
    std::string_view unit;       // "MB", "bytes", "" …
    std::string_view zero_word;  // the word that stands for 0 ("auto"), "" if none
    void read(const Value& value, uint32_t& out) const;
    [[nodiscard]] nlohmann::json write(uint32_t field) const {
        if (field == 0 && !zero_word.empty()) return zero_word;
        return field;
    }
};

struct NumberRule {
    double min = 0;
    double max = 0;
    void read(const Value& value, double& out) const;
    [[nodiscard]] nlohmann::json write(double field) const { return field; }
};

struct DurationRule {
    double min_s = 0;
    double max_s = 0;
    void read(const Value& value, double& out) const;
    [[nodiscard]] nlohmann::json write(double field) const;
};

struct TimeRule {
    void read(const Value& value, int64_t& out) const;
    [[nodiscard]] nlohmann::json write(int64_t field) const;
};

struct CountryRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

struct ListenRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

/// A PCI address (brought to the form 0000:3b:00.0, devargs may follow a comma) or a DPDK vdev
/// string.
struct DeviceRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

struct UrlRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

/// A collector of flow records: "udp://192.0.2.1:4739".
struct CollectorRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

/// Words with a meaning, in the order in which a message lists them.
template <typename Enum, std::size_t N>
struct WordRule {
    std::array<std::pair<std::string_view, Enum>, N> words;

    void read(const Value& value, Enum& out) const {
        const auto text = value.text("one of its words");
        if (!text) return;
        std::array<std::string_view, N> names;
        for (std::size_t i = 0; i < N; ++i) {
            names[i] = words[i].first;
            if (names[i] == *text) {
                out = words[i].second;
                return;
            }
        }
        value.fail(
            fmt::format("{}: no such word here: {}", in_quotes(*text), suggestion(*text, names)));
    }
    [[nodiscard]] nlohmann::json write(Enum field) const {
        for (const auto& [name, meaning] : words) {
            if (meaning == field) return name;
        }
        return nullptr;
    }
};
template <typename Enum, std::size_t N>
WordRule(std::array<std::pair<std::string_view, Enum>, N>) -> WordRule<Enum, N>;

/// A key that may be null, for "not set".
template <typename Rule>
struct OptionalRule {
    Rule rule;

    template <typename Field>
    void read(const Value& value, std::optional<Field>& out) const {
        out.reset();
        if (value.is_null()) return;
        Field field{};
        rule.read(value, field);
        out = std::move(field);
    }
    template <typename Field>
    [[nodiscard]] nlohmann::json write(const std::optional<Field>& field) const {
        if (!field) return nullptr;
        return rule.write(*field);
    }
};
template <typename Rule>
OptionalRule(Rule) -> OptionalRule<Rule>;

/// A list of distinct values.
template <typename Rule>
struct ListRule {
    Rule rule;
    std::size_t max_items = 0;
    std::size_t min_items = 0;

    template <typename Field>
    void read(const Value& value, std::vector<Field>& out) const {
        out.clear();
        if (value.node().kind == YamlNode::Kind::kSequence &&
            value.node().items.size() < min_items) {
            value.fail("is empty: it needs at least one entry");
        }
        for (const Value& item : value.items(max_items)) {
            const std::size_t problems_before = value.context().problems.count();
            Field field{};
            rule.read(item, field);
            if (value.context().problems.count() > problems_before) continue;
            if (std::find(out.begin(), out.end(), field) != out.end()) {
                item.fail("stands twice in this list: remove one");
            }
            out.push_back(std::move(field));
        }
    }
    template <typename Field>
    [[nodiscard]] nlohmann::json write(const std::vector<Field>& field) const {
        nlohmann::json list = nlohmann::json::array();
        for (const Field& item : field) list.push_back(rule.write(item));
        return list;
    }
};
template <typename Rule>
ListRule(Rule, std::size_t) -> ListRule<Rule>;
template <typename Rule>
ListRule(Rule, std::size_t, std::size_t) -> ListRule<Rule>;

/// slice: null or a number of bytes, kept as 0 or that number.
struct SliceRule {
    void read(const Value& value, uint32_t& out) const;
    [[nodiscard]] nlohmann::json write(uint32_t field) const {
        if (field == 0) return nullptr;
        return field;
    }
};

struct DecapRule {
    void read(const Value& value, Decap& out) const;
    [[nodiscard]] nlohmann::json write(const Decap& field) const;
};

struct MacRule {
    void read(const Value& value, std::array<uint8_t, 6>& out) const;
    [[nodiscard]] nlohmann::json write(const std::array<uint8_t, 6>& field) const;
};

struct VlanRule {
    void read(const Value& value, uint16_t& out) const;
    [[nodiscard]] nlohmann::json write(uint16_t field) const { return field; }
};

/// A prefix in its canonical form, "192.0.2.0/24"; an address alone is one of full length.
struct PrefixRule {
    void read(const Value& value, std::string& out) const;
    [[nodiscard]] nlohmann::json write(const std::string& field) const { return field; }
};

/// exclude.prefixes: one list in the file, two by family in the value.
struct PrefixesRule {
    std::size_t max_items = 0;
    void read(const Value& value, Exclude& out) const;
    [[nodiscard]] nlohmann::json write(const Exclude& field) const;
};

}  // namespace lull
