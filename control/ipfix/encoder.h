// Flow records to IPFIX messages (RFC 7011), by libfixbuf. One encoder is one transport session:
// its templates, and a sequence that begins at zero.
//
// Beside IANA's elements a record has three of lull's own, under the enterprise number that RFC
// 5612 keeps for documentation, as lull has none (32473): 1 sourceCountryCode, 2
// destinationCountryCode (string of 2, ISO 3166-1 alpha-2, "ZZ" unknown), 3 flowLabel (string, of
// inspection; empty: none). They describe themselves to a collector by RFC 5610. No libfixbuf type
// shows in this header.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "control/config/config.h"
#include "control/country.h"
#include "dataplane/flow_record.h"

namespace lull {

/// A record with what its numbers mean, and its times on the clock.
struct NamedRecord {
    FlowRecord record;
    std::array<uint32_t, 2> asns;
    std::array<CountryId, 2> countries;
    std::string label;  // "": none
    uint64_t start_ms, end_ms;
};

/// What a session tells of its records beside them, in options.
struct ExportedSums {
    uint64_t messages = 0, records = 0, bytes = 0;
    RecordCounts counts;
};

class IpfixEncoder {
  public:
    /// Takes a message that is full or flushed.
    using Emit = std::function<void(std::span<const uint8_t> message)>;
    /// `message_bytes`: the longest. Throws std::runtime_error if libfixbuf refuses.
    IpfixEncoder(const IpfixSection& section, std::size_t message_bytes, Emit emit);
    ~IpfixEncoder();
    IpfixEncoder(const IpfixEncoder&) = delete;
    IpfixEncoder& operator=(const IpfixEncoder&) = delete;

    /// Templates and options, in a message of their own.
    void describe(const ExportedSums& sums, uint32_t now_s);
    /// One record, or two where flows are told by direction; how many.
    uint32_t add(const NamedRecord& record, uint32_t now_s);
    void flush();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
