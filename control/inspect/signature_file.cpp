#include "control/inspect/signature_file.h"

#include <algorithm>
#include <array>
#include <map>

#include "control/config/loader.h"
#include "dataplane/inspect/patterns.h"

namespace lull {

namespace {

/// An entry as it stands in the file.
struct SignatureEntry {
    std::string name, pattern, literal, reference;
    SignatureClass sort = SignatureClass::kService;
    Context context = Context::kAny;
    Mark mark = Mark::kNone;
    Toward toward = Toward::kAny;
    std::vector<uint16_t> ports;
    uint32_t payload_bytes_min = 0;
    bool of_headers = false;
    int line = 0;
};

struct SignatureEntries {
    std::vector<SignatureEntry> signatures;
};

struct LabelRule {
    void read(const Value& value, std::string& out) const {
        const auto text = value.text("a name such as ntp-monlist");
        if (!text) return;
        const bool plain = !text->empty() && text->size() <= 64 &&
                           std::all_of(text->begin(), text->end(), [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                      c == '-' || c == '_' || c == '.';
                           });
        if (!plain) {
            value.fail(fmt::format("{}: a label has up to 64 of a-z, 0-9, '-', '_' and '.'",
                                   in_quotes(*text)));
            return;
        }
        out = *text;
    }
};

struct PortRule {
    void read(const Value& value, uint16_t& out) const {
        uint32_t port = 0;
        CountRule{1, 65'535, "", ""}.read(value, port);
        out = static_cast<uint16_t>(port);
    }
};

/// A context, or `headers` for marks.
struct ContextRule {
    bool& of_headers;
    void read(const Value& value, Context& out) const {
        const auto text = value.text("one of its words");
        if (!text) return;
        std::vector<std::string_view> words{"headers"};
        for (std::size_t i = 0; i <= kContexts; ++i) {
            words.push_back(context_name(static_cast<Context>(i)));
            if (words.back() == *text) {
                out = static_cast<Context>(i);
                return;
            }
        }
        if (*text == "headers") {
            of_headers = true;
        } else {
            value.fail(fmt::format("{}: no such word here: {}", in_quotes(*text),
                                   suggestion(*text, words)));
        }
    }
};

}  // namespace

template <typename Visitor>
void describe(Visitor& v, SignatureEntry& s) {
    using Sort = std::pair<std::string_view, SignatureClass>;
    using MarkWord = std::pair<std::string_view, Mark>;
    using Way = std::pair<std::string_view, Toward>;
    v.required("name", s.name, LabelRule{});
    v.required(
        "class", s.sort,
        WordRule{std::array{
            Sort{"service", SignatureClass::kService}, Sort{"malware", SignatureClass::kMalware},
            Sort{"scan", SignatureClass::kScan}, Sort{"attack", SignatureClass::kAttack}}});
    v.key("context", s.context, ContextRule{s.of_headers});
    v.key("pattern", s.pattern, TextRule{kMaxPatternBytes});
    v.key("literal", s.literal, TextRule{kMaxPatternBytes});
    v.key("mark", s.mark,
          WordRule{std::array{MarkWord{"zmap", Mark::kZmap}, MarkWord{"masscan", Mark::kMasscan},
                              MarkWord{"mirai", Mark::kMirai}, MarkWord{"syn_scan", Mark::kSynScan},
                              MarkWord{"syn_flood", Mark::kSynFlood},
                              MarkWord{"syn_ack_flood", Mark::kSynAckFlood}}});
    v.key("direction", s.toward,
          WordRule{std::array{Way{"any", Toward::kAny}, Way{"request", Toward::kRequest},
                              Way{"reply", Toward::kReply}}});
    v.key("ports", s.ports, ListRule{PortRule{}, kMaxSignaturePorts});
    v.key("min_bytes", s.payload_bytes_min, CountRule{0, 65'535, "bytes", ""});
    v.key("reference", s.reference, TextRule{256});
}

template <typename Visitor>
void describe(Visitor& v, SignatureEntries& s) {
    v.list("signatures", s.signatures, kMaxSignatures);
}

namespace {

Signature signature_of(const SignatureEntry& entry) {
    return {.name = entry.name,
            .label = kLabelNone,
            .sort = entry.sort,
            .context = entry.context,
            .mark = entry.mark,
            .pattern = entry.literal.empty() ? entry.pattern : entry.literal,
            .literal = !entry.literal.empty(),
            .toward = entry.toward,
            .ports = entry.ports,
            .payload_bytes_min = entry.payload_bytes_min};
}

/// What no single key can tell.
class EntryChecks {
  public:
    explicit EntryChecks(const ReadContext& context) : context_(context) {}

    void check(const SignatureEntry& entry, std::size_t number) {
        path_ = fmt::format("signatures[{}]", number);
        line_ = entry.line;
        if (entry.mark != Mark::kNone) {
            check_mark(entry);
        } else if (!is_given("mark")) {
            check_pattern(entry);
        }
        check_label(entry);
    }

  private:
    [[nodiscard]] bool is_given(const char* key) const {
        return context_.places.contains(path_ + "." + key);
    }
    void fail(const char* key, std::string_view message) {
        // Of a key that is not there: the entry's.
        const auto at = context_.places.find(is_given(key) ? path_ + "." + key : path_);
        context_.problems.add(at == context_.places.end() ? Place{line_, 1} : at->second,
                              path_ + "." + key, message);
    }

    void check_mark(const SignatureEntry& entry) {
        for (const char* key : {"pattern", "literal"}) {
            if (is_given(key)) fail(key, "stands beside a mark: an entry takes one of them");
        }
        if (is_given("context") && !entry.of_headers) {
            fail("context", "goes with no mark: headers alone tell it; remove the line");
        }
        for (const char* key : {"direction", "ports", "min_bytes"}) {
            if (is_given(key)) fail(key, "goes with no mark, which asks headers: remove the line");
        }
        if (const auto [known, is_new] = marks_.emplace(entry.mark, line_); !is_new) {
            fail("mark", fmt::format("stands in line {} as well", known->second));
        }
    }

    void check_pattern(const SignatureEntry& entry) {
        const bool has_pattern = is_given("pattern"), has_literal = is_given("literal");
        if (has_pattern && has_literal) {
            fail("literal", "stands beside a pattern: an entry takes one of them");
        } else if (entry.of_headers) {
            fail("context", "headers goes with a mark: zmap, masscan, mirai, syn_scan …");
        } else if (!has_pattern && !has_literal) {
            if (entry.context == Context::kAny) {
                fail("pattern", "is missing: this would label everything; name one, or a context");
            }
        } else if (context_.problems.count() < kMaxProblems) {
            // One that was not read is told already, and is none here.
            if (const auto ok = check_signature(signature_of(entry)); !ok) {
                fail(has_literal ? "literal" : "pattern", ok.error().message);
            }
        }
    }

    void check_label(const SignatureEntry& entry) {
        if (entry.name.empty()) return;
        const auto [known, is_new] = labels_.emplace(entry.name, &entry);
        if (!is_new && known->second->sort != entry.sort && is_given("class")) {
            fail("class", fmt::format("differs from that of {} in line {}", in_quotes(entry.name),
                                      known->second->line));
        }
        if (is_new && labels_.size() == kMaxLabels) {
            fail("name",
                 fmt::format("is one label too many: at most {} are taken", kMaxLabels - 1));
        }
    }

    const ReadContext& context_;
    std::string path_;
    int line_ = 0;
    std::map<std::string, const SignatureEntry*> labels_;
    std::map<Mark, int> marks_;
};

}  // namespace

bool NamedSignature::operator==(const NamedSignature& other) const {
    const Signature &a = signature, &b = other.signature;
    return reference == other.reference && a.name == b.name && a.sort == b.sort &&
           a.context == b.context && a.mark == b.mark && a.pattern == b.pattern &&
           a.literal == b.literal && a.toward == b.toward && a.ports == b.ports &&
           a.payload_bytes_min == b.payload_bytes_min;
}

tl::expected<SignatureFile, ConfigErrors> parse_signatures(const std::string& text,
                                                           const std::string& path) {
    Problems problems(path);
    SignatureEntries entries;
    const std::optional<YamlNode> root = read_yaml(text, problems, kLongYaml);
    if (root && root->kind != YamlNode::Kind::kNull) {
        std::map<std::string, Place> places;
        const CountryKnown no_country = [](std::string_view) { return false; };
        ReadContext context{problems, places, no_country};
        Loader::load(*root, "", entries, context);
        EntryChecks checks(context);
        for (std::size_t i = 0; i < entries.signatures.size(); ++i) {
            checks.check(entries.signatures[i], i);
        }
    }
    if (problems.count() > 0) return tl::unexpected(problems.errors());
    SignatureFile file;
    for (const SignatureEntry& entry : entries.signatures) {
        file.signatures.push_back({signature_of(entry), entry.reference, entry.line});
    }
    return file;
}

Result<std::vector<Signature>> SignatureBook::adopt(const SignatureFile& file) {
    SignatureBook next = *this;
    for (Entry& entry : next.entries_) {
        entry.listed = false;
    }
    std::vector<Signature> signatures;
    for (const NamedSignature& named : file.signatures) {
        const auto [known, is_new] = next.numbers_.emplace(
            named.signature.name, static_cast<uint16_t>(next.entries_.size()));
        if (is_new) {
            next.entries_.emplace_back().name = named.signature.name;
        }
        if (next.entries_.size() > kMaxLabels) {
            return refused("more than {} labels since lull was started; mend: restart it",
                           kMaxLabels - 1);
        }
        Entry& entry = next.entries_[known->second];
        if (!entry.listed) {
            entry = {entry.name, named.signature.sort, named.reference, true};
        } else if (entry.reference.empty()) {
            entry.reference = named.reference;
        }
        signatures.push_back(named.signature);
        signatures.back().label = LabelId{known->second};
    }
    *this = std::move(next);
    return signatures;
}

}  // namespace lull
