// Signatures compiled: a small Hyperscan database for each context, in block mode, and scratch
// space for each worker. The only file pair that names Hyperscan.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/error.h"
#include "dataplane/inspect/signature.h"
#include "dataplane/packet_view.h"

struct hs_database;
struct hs_scratch;

namespace lull {

/// What a signature says beside its pattern.
struct SignatureRule {
    LabelId label = kLabelNone;
    SignatureClass sort = SignatureClass::kService;
    Toward toward = Toward::kAny;
    uint8_t port_count = 0;
    uint16_t first_port = 0;  // in the set's list
    uint32_t payload_bytes_min = 0;
    uint32_t order = 0;  // in the file: of two that match, the earlier one wins
};

/// A payload on its way through the signatures of its context.
struct InspectedPayload {
    std::span<const uint8_t> bytes;  // what is here of it, at most kInspectedBytes
    uint32_t wire_bytes = 0;         // how long it was
    Context context = Context::kUdp;
    uint16_t source_port = 0;
    uint16_t destination_port = 0;
    bool is_request = false;
    bool is_reply = false;  // both where ports do not tell
};

class Patterns {
  public:
    static Result<std::unique_ptr<Patterns>> compile(std::span<const Signature> signatures,
                                                     uint32_t workers);
    ~Patterns();
    Patterns(const Patterns&) = delete;
    Patterns& operator=(const Patterns&) = delete;

    /// The rule that wins, of all that match; null: none. On the thread of the worker.
    [[nodiscard]] const SignatureRule* scan(const InspectedPayload& payload, uint32_t worker) const;
    [[nodiscard]] bool empty() const { return rules_.empty(); }

  private:
    struct Database {
        hs_database* compiled = nullptr;          // null: no patterns
        std::vector<const SignatureRule*> whole;  // signatures without a pattern
    };
    struct Match;

    Patterns() = default;
    Result<void> compile_context(Context context, std::span<const Signature> signatures);
    [[nodiscard]] bool fits(const SignatureRule& rule, const InspectedPayload& payload) const;
    static int matched(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                       void* context);

    std::vector<SignatureRule> rules_;  // by place in the list of signatures
    std::vector<uint16_t> ports_;
    std::array<Database, kContexts> databases_;
    std::vector<hs_scratch*> scratch_;  // by worker
};

/// Whether a signature can be used: its pattern compiles, matches something, and is none that would
/// be hopelessly slow or large.
Result<void> check_signature(const Signature& signature);

/// Hyperscan's version, as it says it: "5.4.0 2021-01-26".
const char* pattern_library_version();

}  // namespace lull
