#include "dataplane/inspect/patterns.h"

#include <hs/hs.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>

namespace lull {

namespace {

constexpr unsigned kFlags = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
// Of one pattern alone. A sane one takes some hundred bytes to a few KB; one with large bounded
// repeats in the middle takes megabytes, and the time that it takes to walk through them.
constexpr std::size_t kMaxDatabaseBytes = 256 * 1024;

std::string expression_of(const Signature& signature) {
    if (!signature.literal) {
        return signature.pattern;
    }
    std::string text;
    for (const char byte : signature.pattern) {
        text += fmt::format("\\x{:02x}", static_cast<uint8_t>(byte));
    }
    return text;
}

// Of 512 bytes; a usual pattern takes a tenth of a microsecond, and a worker at 10 Mpps has 100 ns
// a packet.
constexpr double kMaxScan_us = 2;

/// Bytes that make a pattern work: its own text over and over, its letters in disorder, one of
/// them.
std::array<std::string, 3> hard_payloads(const std::string& pattern) {
    std::array<std::string, 3> payloads;
    for (uint32_t i = 0; i < kScannedBytes; ++i) {
        payloads[0] += pattern[i % pattern.size()];
        payloads[1] += pattern[i * 2'654'435'761u / 7 % pattern.size()];
        payloads[2] += pattern[pattern.size() / 2];
    }
    return payloads;
}

/// The best of several scans of the worst of them: whatever else this machine does, a sane pattern
/// has one that is quick.
double scan_us(const hs_database_t* database, const std::string& pattern) {
    hs_scratch_t* scratch = nullptr;
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
        return 0;
    }
    double worst = 0;
    for (const std::string& payload : hard_payloads(pattern)) {
        double best = std::numeric_limits<double>::max();
        for (int turn = 0; turn < 10; ++turn) {
            const auto before = std::chrono::steady_clock::now();
            hs_scan(
                database, payload.data(), static_cast<unsigned>(payload.size()), 0, scratch,
                [](unsigned, unsigned long long, unsigned long long, unsigned, void*) { return 0; },
                nullptr);
            const std::chrono::duration<double, std::micro> took =
                std::chrono::steady_clock::now() - before;
            best = std::min(best, took.count());
        }
        worst = std::max(worst, best);
    }
    hs_free_scratch(scratch);
    return worst;
}

std::string message_of(hs_compile_error_t* error) {
    std::string message = error == nullptr ? "unknown" : error->message;
    hs_free_compile_error(error);
    while (!message.empty() && (message.back() == '.' || message.back() == ' ')) {
        message.pop_back();
    }
    return message;
}

}  // namespace

struct Patterns::Match {
    const Patterns& patterns;
    const InspectedPayload& payload;
    const SignatureRule* best = nullptr;
    uint32_t count = 0;

    void offer(const SignatureRule& rule) {
        if (patterns.fits(rule, payload) &&
            (best == nullptr || rule.sort > best->sort ||
             (rule.sort == best->sort && rule.order < best->order))) {
            best = &rule;
        }
    }
};

const char* pattern_library_version() {
    return hs_version();
}

Result<void> check_signature(const Signature& signature) {
    if (signature.pattern.empty()) {
        return {};
    }
    if (signature.pattern.size() > kMaxPatternBytes) {
        return refused("the pattern has {} bytes; at most {} are taken", signature.pattern.size(),
                       kMaxPatternBytes);
    }
    const std::string expression = expression_of(signature);
    if (expression.find('\0') != std::string::npos) {
        return refused("the pattern has a zero byte in it; write it as \\x00");
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_compile(expression.c_str(), kFlags, HS_MODE_BLOCK, nullptr, &database, &error) !=
        HS_SUCCESS) {
        return refused("the pattern does not compile: {}", message_of(error));
    }
    std::size_t bytes = 0;
    hs_database_size(database, &bytes);
    const double took_us = scan_us(database, signature.pattern);
    hs_free_database(database);
    if (took_us > kMaxScan_us) {
        return refused(
            "the pattern would be hopelessly slow: it takes {:.1f} us over {} bytes, where {:.0f} "
            "are "
            "the most; anchor it with ^, or shorten its repeats",
            took_us, kScannedBytes, kMaxScan_us);
    }
    if (bytes > kMaxDatabaseBytes) {
        return refused(
            "the pattern would be hopelessly slow: compiled it takes {} KB, where {} are the most; "
            "anchor it with ^, or shorten its repeats",
            bytes / 1024, kMaxDatabaseBytes / 1024);
    }
    return {};
}

Result<std::unique_ptr<Patterns>> Patterns::compile(std::span<const Signature> signatures,
                                                    uint32_t workers) {
    std::unique_ptr<Patterns> patterns(new Patterns);
    if (signatures.size() > kMaxSignatures) {
        return refused("{} signatures; at most {} are taken", signatures.size(), kMaxSignatures);
    }
    for (const Signature& signature : signatures) {
        SignatureRule rule{.label = signature.label,
                           .sort = signature.sort,
                           .toward = signature.toward,
                           .payload_bytes_min = signature.payload_bytes_min,
                           .order = static_cast<uint32_t>(patterns->rules_.size())};
        rule.first_port = static_cast<uint16_t>(patterns->ports_.size());
        rule.port_count = static_cast<uint8_t>(signature.ports.size());
        if (signature.ports.size() > kMaxSignaturePorts) {
            return refused("{}: {} ports; at most {} are taken", signature.name,
                           signature.ports.size(), kMaxSignaturePorts);
        }
        patterns->ports_.insert(patterns->ports_.end(), signature.ports.begin(),
                                signature.ports.end());
        patterns->rules_.push_back(rule);
    }
    for (std::size_t context = 0; context < kContexts; ++context) {
        if (auto ok = patterns->compile_context(static_cast<Context>(context), signatures); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    hs_scratch_t* scratch = nullptr;
    for (const Database& database : patterns->databases_) {
        if (database.compiled != nullptr &&
            hs_alloc_scratch(database.compiled, &scratch) != HS_SUCCESS) {
            hs_free_scratch(scratch);
            return failed("no memory for Hyperscan's scratch space");
        }
    }
    for (uint32_t worker = 0; worker < workers && scratch != nullptr; ++worker) {
        hs_scratch_t* own = nullptr;
        if (hs_clone_scratch(scratch, &own) != HS_SUCCESS) {
            hs_free_scratch(scratch);
            return failed("no memory for Hyperscan's scratch space");
        }
        patterns->scratch_.push_back(own);
    }
    hs_free_scratch(scratch);
    return patterns;
}

Result<void> Patterns::compile_context(Context context, std::span<const Signature> signatures) {
    Database& database = databases_[static_cast<std::size_t>(context)];
    std::vector<std::string> texts;
    std::vector<unsigned> flags, ids;
    for (unsigned i = 0; i < signatures.size(); ++i) {
        const Signature& signature = signatures[i];
        if ((signature.context != context && signature.context != Context::kAny) ||
            signature.mark != Mark::kNone) {
            continue;
        }
        if (signature.pattern.empty()) {
            database.whole.push_back(&rules_[i]);
            continue;
        }
        texts.push_back(expression_of(signature));
        flags.push_back(kFlags);
        ids.push_back(i);
    }
    if (texts.empty()) {
        return {};
    }
    std::vector<const char*> expressions;
    for (const std::string& text : texts) {
        expressions.push_back(text.c_str());
    }
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                         static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr,
                         &database.compiled, &error) != HS_SUCCESS) {
        const std::string name =
            error != nullptr && error->expression >= 0
                ? signatures[ids[static_cast<std::size_t>(error->expression)]].name
                : std::string(context_name(context));
        return refused("{}: the patterns do not compile: {}", name, message_of(error));
    }
    return {};
}

Patterns::~Patterns() {
    for (const Database& database : databases_) {
        hs_free_database(database.compiled);
    }
    for (hs_scratch_t* scratch : scratch_) {
        hs_free_scratch(scratch);
    }
}

bool Patterns::fits(const SignatureRule& rule, const InspectedPayload& payload) const {
    if (payload.wire_bytes < rule.payload_bytes_min) {
        return false;
    }
    bool request = payload.is_request, reply = payload.is_reply;
    if (rule.port_count != 0) {
        const std::span<const uint16_t> ports(ports_.data() + rule.first_port, rule.port_count);
        request = std::find(ports.begin(), ports.end(), payload.destination_port) != ports.end();
        reply = std::find(ports.begin(), ports.end(), payload.source_port) != ports.end();
    }
    return (request && rule.toward != Toward::kReply) || (reply && rule.toward != Toward::kRequest);
}

int Patterns::matched(unsigned id, unsigned long long, unsigned long long, unsigned,
                      void* context) {
    Match& match = *static_cast<Match*>(context);
    match.offer(match.patterns.rules_[id]);
    return ++match.count >= kMaxMatches ? 1 : 0;
}

const SignatureRule* Patterns::scan(const InspectedPayload& payload, uint32_t worker) const {
    const Database& database = databases_[static_cast<std::size_t>(payload.context)];
    Match match{*this, payload};
    for (const SignatureRule* rule : database.whole) {
        match.offer(*rule);
    }
    if (database.compiled != nullptr && worker < scratch_.size()) {
        const auto length =
            static_cast<unsigned>(std::min<std::size_t>(payload.bytes.size(), kScannedBytes));
        hs_scan(database.compiled, reinterpret_cast<const char*>(payload.bytes.data()), length, 0,
                scratch_[worker], matched, &match);
    }
    return match.best;
}

}  // namespace lull
