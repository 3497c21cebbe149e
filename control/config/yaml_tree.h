// A YAML text as a bounded tree with the place of every node. YAML is wider than a config needs and
// some of it is a trap: anchors, aliases (the "billion laughs"), tags, second documents, duplicate
// keys and keys that are no words are refused, each by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/config/problems.h"

namespace lull {

inline constexpr std::size_t kMaxYamlBytes = 256 * 1024;  // 32 ports with all keys are under 20 KiB
inline constexpr std::size_t kMaxYamlDepth = 16;          // the deepest key of lull.yaml is at 5
inline constexpr std::size_t kMaxYamlNodes = 20'000;

/// How large a text may be, and how many values it may hold.
struct YamlLimits {
    std::size_t bytes = kMaxYamlBytes;
    std::size_t nodes = kMaxYamlNodes;
};
/// Of a list of thousands, as signatures and sites are: 50,000 names take about a second to read.
inline constexpr YamlLimits kLongYaml{4u << 20, 400'000};

struct YamlKey {
    std::string text;
    Place place;
};

struct YamlNode {
    enum class Kind : uint8_t { kNull, kScalar, kSequence, kMapping };
    Kind kind = Kind::kNull;
    Place place{1, 1};
    std::string text;             // of a scalar
    bool quoted = false;          // of a scalar: "10" in quotes is a text, not a number
    std::vector<YamlKey> keys;    // of a mapping, as many as items
    std::vector<YamlNode> items;  // of a sequence or mapping

    [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

/// nullopt when the text is not YAML that lull reads; `problems` then says why. Duplicate keys are
/// reported and the tree is still returned, with the first of them. An empty text is kNull.
std::optional<YamlNode> read_yaml(const std::string& text, Problems& problems,
                                  const YamlLimits& limits = {});

}  // namespace lull
