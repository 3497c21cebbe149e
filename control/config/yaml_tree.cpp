// See yaml_tree.h; the only file that names yaml-cpp. Its event interface is used, not its Node:
// events carry anchors, tags and duplicates, which Node resolves or loses silently.
#include "control/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>

#include "control/utf8.h"

namespace lull {
namespace {

/// Thrown through the parser, whose only way to stop is an exception; caught in read_yaml().
struct Stop {
    Place place;
    std::string message;
};

Place to_place(const YAML::Mark& mark) {
    return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(Problems& problems, std::size_t nodes_max)
        : problems_(problems), nodes_max_(nodes_max) {}

    [[nodiscard]] const std::optional<YamlNode>& root() const { return root_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_) throw Stop{to_place(mark), "a second document: one file holds one, remove ---"};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode node = make(YamlNode::Kind::kNull, mark, "", anchor);
        if (expects_key()) throw Stop{node.place, "a key is missing before the colon"};
        put(std::move(node));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        throw Stop{to_place(mark), "aliases (*name) are not used here: write the value out"};
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node = make(YamlNode::Kind::kScalar, mark, tag, anchor);
        if (expects_key()) return begin_entry({value, node.place});
        node.text = value;
        node.quoted = tag == "!";  // what yaml-cpp calls every scalar that is not plain
        put(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::kSequence, mark, tag, anchor));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(make(YamlNode::Kind::kMapping, mark, tag, anchor));
    }
    void OnMapEnd() override { close(); }

  private:
    struct Frame {
        YamlNode node;
        std::optional<YamlKey> key;         // of a mapping: read, its value not yet
        std::map<std::string, Place> seen;  // of a mapping
    };

    YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor) {
        YamlNode node;
        node.kind = kind;
        node.place = to_place(mark);
        if (anchor != YAML::NullAnchor) {
            throw Stop{node.place, "anchors (&name) are not used here: write the value out"};
        }
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Stop{node.place, "tags (!name) are not used here: remove it"};
        }
        if (++nodes_ > nodes_max_) {
            throw Stop{node.place, fmt::format("more than {} values", nodes_max_)};
        }
        return node;
    }

    [[nodiscard]] bool expects_key() const {
        return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMapping &&
               !open_.back().key;
    }

    void begin_entry(YamlKey key) { open_.back().key = std::move(key); }

    void open(YamlNode node) {
        if (expects_key()) throw Stop{node.place, "a key must be a word, not a list or mapping"};
        if (open_.size() == kMaxYamlDepth) {
            throw Stop{node.place, fmt::format("nested deeper than {} levels", kMaxYamlDepth)};
        }
        open_.push_back({std::move(node), std::nullopt, {}});
    }

    void close() {
        YamlNode node = std::move(open_.back().node);
        open_.pop_back();
        put(std::move(node));
    }

    void put(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& frame = open_.back();
        if (frame.node.kind == YamlNode::Kind::kMapping) {
            YamlKey key = std::move(*frame.key);
            frame.key.reset();
            const auto [first, fresh] = frame.seen.emplace(key.text, key.place);
            if (!fresh) {
                problems_.add(key.place, "",
                              fmt::format("{} stands here twice: first in line {}; remove one",
                                          in_quotes(key.text), first->second.line));
                return;
            }
            frame.node.keys.push_back(std::move(key));
        }
        frame.node.items.push_back(std::move(node));
    }

    Problems& problems_;
    std::vector<Frame> open_;
    std::optional<YamlNode> root_;
    std::size_t nodes_ = 0, nodes_max_;
};

/// Refuses bytes that YAML forbids before yaml-cpp sees them: it takes NULs for UTF-16, and hands
/// on bytes that are no UTF-8, which no JSON document could then carry.
bool is_text(const std::string& text, Problems& problems, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        problems.add({}, "", fmt::format("larger than {} bytes: is it the right file?", bytes_max));
        return false;
    }
    Place place{1, 1};
    for (std::string_view rest = text; !rest.empty();) {
        const char c = rest.front();
        const auto byte = static_cast<uint8_t>(c);
        const std::size_t size = utf8_size(rest);
        const bool control = (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7f;
        if (size == 0 || control) {
            problems.add(place, "",
                         fmt::format("byte 0x{:02x} is {}: save the file as a text in UTF-8", byte,
                                     control ? "a control character" : "not UTF-8"));
            return false;
        }
        place = c == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
        rest.remove_prefix(size);
    }
    return true;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].text == key) return &items[i];
    }
    return nullptr;
}

std::optional<YamlNode> read_yaml(const std::string& text, Problems& problems,
                                  const YamlLimits& limits) {
    if (!is_text(text, problems, limits.bytes)) return std::nullopt;
    try {
        // yaml-cpp 0.7 takes a text without its closing quote when a newline ends the file.
        std::istringstream stream(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
        YAML::Parser parser(stream);
        TreeBuilder builder(problems, limits.nodes);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.root() ? builder.root() : YamlNode{};
    } catch (const Stop& stop) {
        problems.add(stop.place, "", stop.message);
    } catch (const YAML::Exception& error) {
        problems.add(
            to_place(error.mark), "",
            fmt::format("not YAML: {}: check indentation, colons, quotes and brackets", error.msg));
    }
    return std::nullopt;
}

}  // namespace lull
