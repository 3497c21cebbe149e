// What inspection is asked to find, as control hands it in: signatures and names. Ids are
// control's: a label or site keeps its number for as long as the process runs, so that counts need
// no generation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/limits.h"

namespace lull {

/// A label's number, below kMaxLabels.
enum class LabelId : uint16_t {};
inline constexpr LabelId kLabelNone{0};
/// A named site's number, below kMaxSites.
enum class SiteId : uint16_t {};
inline constexpr SiteId kSiteNone{0};

constexpr uint16_t index_of(LabelId id) {
    return static_cast<uint16_t>(id);
}
constexpr uint16_t index_of(SiteId id) {
    return static_cast<uint16_t>(id);
}

/// Later ones win where several match. All but services are hostile or automatic: such a flow says
/// nothing about the people at its ends.
enum class SignatureClass : uint8_t { kService, kMalware, kScan, kAttack };

/// Which payloads a signature is tried on. The first bytes tell TLS and HTTP, over any TCP port; a
/// UDP port tells the others; kTcp and kUdp are what is none of these; kAny is tried on all.
enum class Context : uint8_t {
    kDns,
    kNtp,
    kSsdp,
    kCldap,
    kMemcached,
    kSnmp,
    kHttp,
    kTls,
    kQuic,
    kTcp,
    kUdp,
    kAny,
};
inline constexpr std::size_t kContexts = static_cast<std::size_t>(Context::kAny);

/// "dns", "ntp" … as signature files have it.
std::string_view context_name(Context context);

/// What headers alone tell, in place of a pattern.
enum class Mark : uint8_t {
    kNone,
    kZmap,         // IPv4 identification 54321 on a SYN
    kMasscan,      // identification = destination, port and sequence, folded, on a bare SYN
    kMirai,        // TCP sequence = destination address, on a SYN
    kSynScan,      // one source opens many flows that nobody follows up
    kSynFlood,     // one destination gets many
    kSynAckFlood,  // one destination gets many SYN-ACKs of flows that it did not open here
};

/// Who sends the payload: kRequest goes to the higher-ranked port of the two, the service's.
enum class Toward : uint8_t { kAny, kRequest, kReply };

struct Signature {
    std::string name;  // for messages
    LabelId label = kLabelNone;
    SignatureClass sort = SignatureClass::kService;
    Context context = Context::kAny;
    Mark mark = Mark::kNone;
    /// Hyperscan's syntax, or bytes as they are if `literal`; empty: every payload of the context.
    std::string pattern;
    bool literal = false;
    Toward toward = Toward::kAny;
    std::vector<uint16_t> ports;  // of the service; none: any
    uint32_t payload_bytes_min = 0;
};

/// A name that is watched: itself, or with all below it.
struct SiteName {
    std::string name;  // lower case, no dot at either end
    bool with_subdomains = false;
    SiteId site = kSiteNone;
};

/// Where a name was read.
enum class NameKind : uint8_t { kDns, kHttp, kTls };
inline constexpr std::size_t kNameKinds = 3;

}  // namespace lull
