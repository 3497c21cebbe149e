// signatures.yaml, which inspect.signatures names: what inspection labels conversations by. Read
// like lull.yaml, strictly and to the end.
//   signatures:
//     - {name: ntp-monlist, class: attack, context: ntp, direction: request, ports: [123],
//        pattern: '^[\x17\x1f].\x03\x2a', reference: CVE-2013-5211}
//     - {name: zmap, class: scan, context: headers, mark: zmap}
// An entry has one of pattern (Hyperscan's syntax), literal and mark; none of them stands for every
// payload of its context.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/config/config.h"
#include "control/config/yaml_tree.h"
#include "dataplane/error.h"
#include "dataplane/inspect/signature.h"

namespace lull {

/// As much as a reader of the file need take in.
inline constexpr std::size_t kMaxSignatureFileBytes = kLongYaml.bytes;

/// An entry; several of one name give the same label.
struct NamedSignature {
    Signature signature;  // its label is not numbered yet
    std::string reference;
    int line = 0;
    bool operator==(const NamedSignature& other) const;
};

struct SignatureFile {
    std::vector<NamedSignature> signatures;
    bool operator==(const SignatureFile&) const = default;
};

/// Every problem with its file:line:column. One is a pattern that does not compile or would be
/// hopelessly slow; entries of one name that differ in class; more than kMaxLabels - 1 names. A
/// pattern takes some five milliseconds to check. An empty text has none.
tl::expected<SignatureFile, ConfigErrors> parse_signatures(const std::string& text,
                                                           const std::string& path);

/// The numbers of labels for the life of the process.
class SignatureBook {
  public:
    struct Entry {
        std::string name;
        SignatureClass sort = SignatureClass::kService;
        std::string reference;  // of its first entry that has one
        bool listed = false;    // by the file adopted last
    };

    /// The file's signatures with their labels. Refused: more than kMaxLabels in the life of this
    /// process; the book is then as before.
    Result<std::vector<Signature>> adopt(const SignatureFile& file);
    /// By LabelId; the first is none.
    [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

  private:
    std::vector<Entry> entries_{Entry{}};
    std::unordered_map<std::string, uint16_t> numbers_;
};

}  // namespace lull
