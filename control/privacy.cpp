#include "control/privacy.h"

#include <fmt/format.h>

#include "control/config/dump.h"
#include "control/inspect/inspect_files.h"
#include "control/time_text.h"
#include "dataplane/limits.h"

namespace lull {
namespace {

using Statements = std::vector<PrivacyStatement>;

const char* const kReads = "reads";
const char* const kLeavesOut = "leaves out";
const char* const kMemory = "keeps in memory";
const char* const kDisk = "keeps on disk";
const char* const kGivesAway = "gives away";

void add_reads(const Config& config, Statements& out) {
    out.push_back(
        {kReads,
         "headers of every frame: link addresses and tags, IP addresses, protocol, ports, "
         "TCP flags and sequence numbers, lengths",
         ""});
    if (!config.inspect.on()) {
        out.push_back({kReads,
                       "no byte beyond the layer 4 header: neither inspect.signatures nor "
                       "inspect.sites is named",
                       ""});
        return;
    }
    out.push_back(
        {kReads,
         fmt::format("payload of the first {} packets with any of each new conversation: {} bytes "
                     "for patterns, {} for names",
                     kInspectedPackets, kScannedBytes, kInspectedBytes),
         "while the packet is at hand"});
    if (config.inspected != nullptr && config.inspect.signatures) {
        out.push_back(
            {kReads,
             fmt::format("for {} signatures of {}", config.inspected->signatures.signatures.size(),
                         *config.inspect.signatures),
             ""});
    }
    if (config.inspected != nullptr && config.inspect.sites) {
        out.push_back({kReads,
                       fmt::format("names in TLS, QUIC, HTTP and DNS, compared with {} of {}",
                                   config.inspected->sites.names.size(), *config.inspect.sites),
                       ""});
    }
}

void add_left_out(const Config& config, Statements& out) {
    for (const PortSection& port : config.ports) {
        const std::size_t rules = port.exclude.macs.size() + port.exclude.vlans.size() +
                                  port.exclude.prefixes4.size() + port.exclude.prefixes6.size();
        out.push_back(
            {kLeavesOut,
             rules == 0
                 ? fmt::format("nothing on port {} (ports[].exclude is empty)", port.name)
                 : fmt::format("on port {}: {} MAC addresses, {} VLANs, {} prefixes, before "
                               "any lookup; counted as rejected, excluded",
                               port.name, port.exclude.macs.size(), port.exclude.vlans.size(),
                               port.exclude.prefixes4.size() + port.exclude.prefixes6.size()),
             ""});
    }
}

void add_memory(const Config& config, Statements& out) {
    out.push_back({kMemory, "conversations: both addresses and ports, counts, times",
                   fmt::format("{} after the last packet", format_duration(config.flows.idle_s))});
    out.push_back(
        {kMemory,
         "a sample of networks (/24, /48) with answered conversations, of addresses to try "
         "a new table on, distinct counts from which no address can be read back",
         "a day at most"});
    if (!config.inspect.on()) {
        return;
    }
    out.push_back({kMemory, "one label and one site of a conversation, as numbers; no payload",
                   "as long as the conversation"});
    out.push_back({kMemory,
                   config.inspect.names == InspectSection::Names::kAll
                       ? "every name that was read, with how many conversations asked for it"
                       : "names of listed sites alone; others are compared and forgotten",
                   config.inspect.names == InspectSection::Names::kAll ? "until lull stops" : ""});
}

void add_disk(const Config& config, Statements& out) {
    if (!config.store.path) {
        out.push_back({kDisk, "nothing: store.path is null", ""});
        return;
    }
    out.push_back({kDisk,
                   fmt::format("{}: incidents with their numbers, the largest networks and origins "
                               "of a country among them",
                               *config.store.path),
                   format_duration(config.store.keep_s)});
    out.push_back(
        {kDisk, "what each tick saw, by country and port group; no address",
         fmt::format("{}; around incidents 14 days", format_duration(config.store.keep_ticks_s))});
    out.push_back(
        {kDisk, "what is usual of each country, and of each named site", "until replaced"});
}

void add_exports(const Config& config, Statements& out) {
    for (const std::string& listen : config.http.listen) {
        out.push_back(
            {kGivesAway,
             fmt::format("{}: metrics, page and API: counts by country, origin AS, member "
                         "and port; never an address of a conversation",
                         listen),
             ""});
    }
    out.push_back({kGivesAway,
                   "the API's seen_networks: a sample of networks (/24, /48) with answered "
                   "conversations, for `lull table diff --weighted`",
                   "of the last day"});
    for (const WebhookSection& webhook : config.notify.webhooks) {
        out.push_back({kGivesAway,
                       fmt::format("to the webhook {}: incidents with their numbers, notes and who "
                                   "wrote them",
                                   without_secrets(webhook.url)),
                       "when they open, change or close"});
    }
    if (config.inspect.on()) {
        out.push_back({kGivesAway,
                       "counts by label; of named sites by name in the API, and as metrics where "
                       "`export: true` stands",
                       ""});
    }
    const IpfixSection& ipfix = config.exports.ipfix;
    if (ipfix.collector) {
        out.push_back(
            {kGivesAway,
             fmt::format("{}: a record of each conversation, by IPFIX: {} bits of IPv4 and {} of "
                         "IPv6 addresses, ports, counts, times, origin ASes and countries{}",
                         *ipfix.collector, ipfix.ipv4_bits, ipfix.ipv6_bits,
                         config.inspect.on() ? ", its label" : ""),
             ""});
    }
    out.push_back({kGivesAway,
                   fmt::format("{}no payload, no log line with an address of a conversation",
                               ipfix.collector ? "" : "no flow records, "),
                   ""});
}

}  // namespace

Statements privacy_of(const Config& config) {
    Statements out;
    add_reads(config, out);
    add_left_out(config, out);
    add_memory(config, out);
    add_disk(config, out);
    add_exports(config, out);
    return out;
}

std::string privacy_text(const Config& config) {
    std::string text;
    std::string topic;
    for (const PrivacyStatement& each : privacy_of(config)) {
        if (each.topic != topic) {
            text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", each.topic);
            topic = each.topic;
        }
        text +=
            "  - " + each.what + (each.how_long.empty() ? "" : " [" + each.how_long + "]") + "\n";
    }
    return text;
}

nlohmann::json privacy_json(const Config& config) {
    nlohmann::json statements = nlohmann::json::array();
    for (const PrivacyStatement& each : privacy_of(config)) {
        statements.push_back({{"topic", each.topic},
                              {"what", each.what},
                              {"how_long", each.how_long.empty() ? nlohmann::json(nullptr)
                                                                 : nlohmann::json(each.how_long)}});
    }
    return {{"config", config.path}, {"statements", std::move(statements)}};
}

}  // namespace lull
