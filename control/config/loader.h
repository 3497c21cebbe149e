// The loading visitor over a schema: finds each key, hands its node to the rule, and says which
// keys nobody asked for. It never stops at the first problem.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/rules.h"

namespace lull {

class Loader {
  public:
    Loader(const YamlNode& mapping, std::string path, ReadContext& context)
        : mapping_(mapping), path_(std::move(path)), context_(context) {
        for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
            context_.places[path_of(mapping.keys[i].text)] = mapping.items[i].place;
        }
    }

    template <typename Field, typename Rule>
    void key(std::string_view name, Field& field, const Rule& rule) {
        if (const YamlNode* node = take(name)) rule.read(value(name, *node), field);
    }

    template <typename Field, typename Rule>
    void required(std::string_view name, Field& field, const Rule& rule) {
        if (mapping_.find(name) == nullptr) {
            context_.problems.add(mapping_.place, path_of(name), "is missing: it has no default");
        }
        key(name, field, rule);
    }

    template <typename Section>
    void section(std::string_view name, Section& section) {
        const YamlNode* node = take(name);
        // A section with all its keys commented out is one with its defaults.
        if (node == nullptr || node->kind == YamlNode::Kind::kNull) return;
        load(*node, path_of(name), section);
    }

    template <typename Section>
    void list(std::string_view name, std::vector<Section>& sections, std::size_t max_items) {
        const YamlNode* node = take(name);
        if (node == nullptr || node->kind == YamlNode::Kind::kNull) return;
        for (const Value& item : value(name, *node).items(max_items)) {
            Section& section = sections.emplace_back();
            section.line = item.node().place.line;
            load(item.node(), item.path(), section);
        }
    }

    /// After describe(): every key of the mapping that the schema did not name.
    void report_unknown() {
        for (const YamlKey& key : mapping_.keys) {
            if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
            const std::string shown = in_quotes(key.text);
            context_.problems.add(
                key.place, path_,
                fmt::format("unknown key {}: {}", shown, suggestion(key.text, known_)));
        }
    }

    template <typename Section>
    static void load(const YamlNode& node, const std::string& path, Section& section,
                     ReadContext& context) {
        if (node.kind != YamlNode::Kind::kMapping) {
            context.problems.add(node.place, path,
                                 "needs a mapping: write its keys below it, each "
                                 "as `key: value`");
            return;
        }
        Loader loader(node, path, context);
        describe(loader, section);
        loader.report_unknown();
    }

  private:
    template <typename Section>
    void load(const YamlNode& node, const std::string& path, Section& section) {
        load(node, path, section, context_);
    }

    const YamlNode* take(std::string_view name) {
        known_.push_back(name);
        return mapping_.find(name);
    }
    [[nodiscard]] std::string path_of(std::string_view name) const {
        return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
    }
    [[nodiscard]] Value value(std::string_view name, const YamlNode& node) const {
        return {node, path_of(name), context_};
    }

    const YamlNode& mapping_;
    std::string path_;
    ReadContext& context_;
    std::vector<std::string_view> known_;
};

}  // namespace lull
