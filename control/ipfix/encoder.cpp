#include "control/ipfix/encoder.h"

#include <fixbuf/public.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace lull {
namespace {

constexpr uint32_t kEnterprise = 32473;  // RFC 5612: examples and documentation
constexpr uint16_t kFlow4 = 256, kFlow6 = 257, kSelector = 258, kExporter = 259, kElements = 260;
constexpr std::size_t kLongestLabel = 64;

char* text(const char* literal) {
    return const_cast<char*>(literal);  // libfixbuf reads it
}

fbInfoElement_t kOwnElements[] = {
    FB_IE_INIT_FULL("sourceCountryCode", kEnterprise, 1, 2, FB_IE_F_NONE, 0, 0, FB_STRING,
                    text("Country of the source's origin AS, ISO 3166-1 alpha-2")),
    FB_IE_INIT_FULL("destinationCountryCode", kEnterprise, 2, 2, FB_IE_F_NONE, 0, 0, FB_STRING,
                    text("Country of the destination's origin AS, ISO 3166-1 alpha-2")),
    FB_IE_INIT_FULL("flowLabel", kEnterprise, 3, FB_IE_VARLEN, FB_IE_F_NONE, 0, 0, FB_STRING,
                    text("What the first payloads looked like; empty: nothing known")),
    FB_IE_NULL};

enum : uint32_t { kAlways = 0, kIpv4 = 1, kIpv6 = 2, kReverse = 4 };

// In the order of FlowOut's members, so that both go by without a hole.
fbInfoElementSpec_t kFlowElements[] = {{text("flowLabel"), FB_IE_VARLEN, kAlways},
                                       {text("flowStartMilliseconds"), 8, kAlways},
                                       {text("flowEndMilliseconds"), 8, kAlways},
                                       {text("octetDeltaCount"), 8, kAlways},
                                       {text("packetDeltaCount"), 8, kAlways},
                                       {text("reverseOctetDeltaCount"), 8, kReverse},
                                       {text("reversePacketDeltaCount"), 8, kReverse},
                                       {text("sourceIPv4Address"), 4, kIpv4},
                                       {text("destinationIPv4Address"), 4, kIpv4},
                                       {text("sourceIPv6Address"), 16, kIpv6},
                                       {text("destinationIPv6Address"), 16, kIpv6},
                                       {text("bgpSourceAsNumber"), 4, kAlways},
                                       {text("bgpDestinationAsNumber"), 4, kAlways},
                                       {text("ingressInterface"), 4, kAlways},
                                       {text("reverseIngressInterface"), 4, kReverse},
                                       {text("sourceTransportPort"), 2, kAlways},
                                       {text("destinationTransportPort"), 2, kAlways},
                                       {text("vlanId"), 2, kAlways},
                                       {text("reverseVlanId"), 2, kReverse},
                                       {text("tcpControlBits"), 2, kAlways},
                                       {text("sourceCountryCode"), 2, kAlways},
                                       {text("destinationCountryCode"), 2, kAlways},
                                       {text("protocolIdentifier"), 1, kAlways},
                                       {text("flowEndReason"), 1, kAlways},
                                       {text("selectorId"), 1, kAlways},
                                       {text("biflowDirection"), 1, kReverse},
                                       FB_IESPEC_NULL};

template <typename Address>
struct FlowOut {
    fbVarfield_t label;
    uint64_t start_ms, end_ms;
    std::array<uint64_t, 2> octets_packets, reverse_octets_packets;
    Address source, destination;
    uint32_t source_as, destination_as;
    uint32_t input, reverse_input;
    uint16_t source_port, destination_port;
    uint16_t vlan, reverse_vlan;
    uint16_t tcp_bits;
    std::array<char, 2> source_country, destination_country;
    uint8_t protocol, reason, selector, biflow;
};
using Ipv6Out = std::array<uint8_t, 16>;
// libfixbuf reads member after member: there is no hole but at the end.
static_assert(offsetof(FlowOut<uint32_t>, biflow) == 105 &&
              offsetof(FlowOut<Ipv6Out>, biflow) == 129);

// ---- options: how a class of flows is chosen, and what has left so far ----

fbInfoElementSpec_t kSelectorElements[] = {{text("selectorId"), 8, 0},
                                           {text("selectorIDTotalFlowsObserved"), 8, 0},
                                           {text("selectorIDTotalFlowsSelected"), 8, 0},
                                           {text("samplingProbability"), 8, 0},
                                           {text("flowSelectorAlgorithm"), 2, 0},
                                           FB_IESPEC_NULL};

struct SelectorOut {
    uint64_t selector, observed, selected;
    double probability;
    uint16_t algorithm;
};
constexpr uint16_t kProbabilistic = 4;  // IANA: uniform probabilistic sampling

fbInfoElementSpec_t kExporterElements[] = {{text("exportingProcessId"), 4, 0},
                                           {text("observationDomainId"), 4, 0},
                                           {text("exportedMessageTotalCount"), 8, 0},
                                           {text("exportedFlowRecordTotalCount"), 8, 0},
                                           {text("exportedOctetTotalCount"), 8, 0},
                                           {text("notSentFlowTotalCount"), 8, 0},
                                           {text("notSentPacketTotalCount"), 8, 0},
                                           {text("notSentOctetTotalCount"), 8, 0},
                                           {text("ignoredPacketTotalCount"), 8, 0},
                                           {text("ignoredOctetTotalCount"), 8, 0},
                                           FB_IESPEC_NULL};
struct ExporterOut {
    uint32_t process, domain;
    uint64_t messages, records, bytes;
    uint64_t not_sent_flows, not_sent_packets, not_sent_bytes;
    uint64_t ignored_packets, ignored_bytes;
};

[[noreturn]] void give_up(const char* what, GError* error) {
    const std::string why = error == nullptr ? "no reason given" : error->message;
    g_clear_error(&error);
    throw std::runtime_error(fmt::format("libfixbuf: {}: {}", what, why));
}

uint32_t mask4(uint64_t address, uint32_t bits) {
    return bits == 0 ? 0 : static_cast<uint32_t>(address) & (~uint32_t{0} << (32 - bits));
}

Ipv6Out mask6(const uint64_t* words, uint32_t bits) {
    Ipv6Out address;
    std::memcpy(address.data(), words, sizeof(address));  // network order
    for (std::size_t i = 0; i < address.size(); ++i) {
        const auto kept = static_cast<uint32_t>(
            std::clamp<int>(static_cast<int>(bits) - static_cast<int>(i) * 8, 0, 8));
        address[i] = static_cast<uint8_t>(address[i] & (0xff00u >> kept));
    }
    return address;
}

}  // namespace

struct IpfixEncoder::Impl {
    fbInfoModel_t* model = nullptr;
    fBuf_t* buffer = nullptr;
    fbSession_t* session = nullptr;    // the buffer's, once that is there
    fbExporter_t* exporter = nullptr;  // likewise
    bool begun = false;                // a message that is not sent yet
    std::vector<uint8_t> message;
    Emit emit;
    bool bidirectional;
    uint32_t domain, bits4, bits6;
    std::array<uint32_t, kFlowClasses> one_in;

    ~Impl() {
        if (buffer != nullptr) {
            fBufFree(buffer);
        } else if (session != nullptr) {
            fbSessionFree(session);
        }
        if (model != nullptr) {
            fbInfoModelFree(model);
        }
    }

    void add_template(uint16_t id, fbInfoElementSpec_t* elements, uint32_t inside, uint32_t outside,
                      uint16_t scope) {
        GError* error = nullptr;
        for (const bool internal : {true, false}) {
            fbTemplate_t* const made = fbTemplateAlloc(model);
            if (!fbTemplateAppendSpecArray(made, elements, internal ? inside : outside, &error)) {
                give_up("template", error);
            }
            if (scope != 0) {
                fbTemplateSetOptionsScope(made, scope);
            }
            if (fbSessionAddTemplate(session, internal, id, made, &error) == 0) {
                give_up("template", error);
            }
        }
    }

    void send_message() {
        GError* error = nullptr;
        if (!fBufEmit(buffer, &error)) {
            give_up("message", error);
        }
        // Asked for templates behind data, libfixbuf wants a new message even where none is begun;
        // then it has written nothing.
        if (!std::exchange(begun, false)) {
            return;
        }
        emit({message.data(), fbExporterGetMsgLen(exporter)});
    }

    // Tries once more in a new message where the one at hand has no room.
    template <typename Attempt>
    void write(const char* what, const Attempt& attempt) {
        GError* error = nullptr;
        for (int tries = 0; !attempt(&error); ++tries) {
            if (tries > 0 || !g_error_matches(error, FB_ERROR_DOMAIN, FB_ERROR_EOM)) {
                give_up(what, error);
            }
            g_clear_error(&error);
            send_message();
        }
        begun = true;
    }

    template <typename Out>
    void append(uint16_t id, Out& out) {
        write("record", [&](GError** error) {
            return fBufSetInternalTemplate(buffer, id, error) &&
                   fBufSetExportTemplate(buffer, id, error) &&
                   fBufAppend(buffer, reinterpret_cast<uint8_t*>(&out), sizeof(out), error);
        });
    }

    template <typename Address>
    FlowOut<Address> flow_of(const NamedRecord& named, uint8_t from) const {
        const FlowRecord& record = named.record;
        const auto to = static_cast<uint8_t>(from ^ 1);
        const auto port_of = [&](uint8_t end) {
            return static_cast<uint16_t>(end == 0 ? record.ports >> 16 : record.ports);
        };
        const auto code_of = [&](uint8_t end) {
            const std::string_view code = country(named.countries[end]).code;
            return std::array<char, 2>{code[0], code[1]};
        };
        FlowOut<Address> out{};
        const std::size_t label_bytes = std::min(named.label.size(), kLongestLabel);
        out.label = {label_bytes,
                     reinterpret_cast<uint8_t*>(const_cast<char*>(named.label.data()))};
        out.start_ms = named.start_ms;
        out.end_ms = named.end_ms;
        out.octets_packets = {record.bytes[from], record.packets[from]};
        out.reverse_octets_packets = {record.bytes[to], record.packets[to]};
        if constexpr (std::is_same_v<Address, uint32_t>) {
            out.source = mask4(record.addresses[from * 2u + 1], bits4);
            out.destination = mask4(record.addresses[to * 2u + 1], bits4);
        } else {
            out.source = mask6(&record.addresses[from * 2u], bits6);
            out.destination = mask6(&record.addresses[to * 2u], bits6);
        }
        out.source_as = named.asns[from];
        out.destination_as = named.asns[to];
        out.input = record.inputs[from];
        out.reverse_input = record.inputs[to];
        out.source_port = port_of(from);
        out.destination_port = port_of(to);
        out.vlan = record.vlans[from];
        out.reverse_vlan = record.vlans[to];
        out.tcp_bits = record.tcp_flags;
        out.source_country = code_of(from);
        out.destination_country = code_of(to);
        out.protocol = record.protocol;
        out.reason = static_cast<uint8_t>(record.end);
        out.selector = selector_of(record.flow_class);
        // 1: the source is the end that was seen to send first, 2: the destination is.
        out.biflow = from == record.initiator ? 1 : 2;
        return out;
    }

    static uint8_t selector_of(FlowClass flow_class) {
        return static_cast<uint8_t>(static_cast<uint8_t>(flow_class) + 1);
    }

    void add_one(const NamedRecord& named, uint8_t from) {
        if (named.record.ipv6) {
            auto out = flow_of<Ipv6Out>(named, from);
            append(kFlow6, out);
        } else {
            auto out = flow_of<uint32_t>(named, from);
            append(kFlow4, out);
        }
    }
};

IpfixEncoder::IpfixEncoder(const IpfixSection& section, std::size_t message_bytes, Emit emit)
    : impl_(std::make_unique<Impl>()) {
    Impl& self = *impl_;
    self.emit = std::move(emit);
    self.bidirectional = section.flows == IpfixSection::Flows::kBidirectional;
    self.domain = section.domain;
    self.bits4 = section.ipv4_bits;
    self.bits6 = section.ipv6_bits;
    self.one_in = {1, section.unanswered_one_in, section.hostile_one_in};
    self.message.resize(message_bytes);
    self.model = fbInfoModelAlloc();
    fbInfoModelAddElementArray(self.model, kOwnElements);
    self.session = fbSessionAlloc(self.model);
    fbSessionSetDomain(self.session, self.domain);
    const uint32_t reverse = self.bidirectional ? kReverse : kAlways;
    self.add_template(kFlow4, kFlowElements, kIpv4 | kReverse, kIpv4 | reverse, 0);
    self.add_template(kFlow6, kFlowElements, kIpv6 | kReverse, kIpv6 | reverse, 0);
    self.add_template(kSelector, kSelectorElements, 0, 0, 1);
    self.add_template(kExporter, kExporterElements, 0, 0, 1);
    for (const bool internal : {true, false}) {
        GError* error = nullptr;
        fbTemplate_t* const made = fbInfoElementAllocTypeTemplate(self.model, &error);
        if (made == nullptr ||
            fbSessionAddTemplate(self.session, internal, kElements, made, &error) == 0) {
            give_up("description of elements", error);
        }
    }
    self.exporter =
        fbExporterAllocBuffer(self.message.data(), static_cast<uint16_t>(message_bytes));
    self.buffer = fBufAllocForExport(self.session, self.exporter);
    fBufSetAutomaticMode(self.buffer, FALSE);
}

IpfixEncoder::~IpfixEncoder() = default;

void IpfixEncoder::describe(const ExportedSums& sums, uint32_t now_s) {
    Impl& self = *impl_;
    flush();
    fBufSetExportTime(self.buffer, now_s);
    // Those of flows first and apart: nfacctd 1.7.7 stops reading a message at options that it does
    // not understand.
    for (const uint16_t id : {kFlow4, kFlow6, kSelector, kExporter, kElements}) {
        if (id == kSelector) {
            flush();
        }
        self.write("template", [&](GError** error) {
            return fbSessionExportTemplate(self.session, id, error);
        });
    }
    for (const fbInfoElement_t* each = kOwnElements; each->ref.name != nullptr; ++each) {
        self.write("description of elements", [&](GError** error) {
            return fbInfoElementWriteOptionsRecord(
                self.buffer, fbInfoModelGetElementByName(self.model, each->ref.name), kElements,
                kElements, error);
        });
    }
    for (std::size_t i = 0; i < kFlowClasses; ++i) {
        const uint64_t observed = sums.counts.ended[i].flows;
        SelectorOut out{.selector = Impl::selector_of(static_cast<FlowClass>(i)),
                        .observed = observed,
                        .selected = observed - sums.counts.unsampled[i].flows,
                        .probability = 1.0 / self.one_in[i],
                        .algorithm = kProbabilistic};
        self.append(kSelector, out);
    }
    const RecordSum& not_sent = sums.counts.dropped;
    ExporterOut out{.process = 1,
                    .domain = self.domain,
                    .messages = sums.messages,
                    .records = sums.records,
                    .bytes = sums.bytes,
                    .not_sent_flows = not_sent.flows,
                    .not_sent_packets = not_sent.packets,
                    .not_sent_bytes = not_sent.bytes,
                    .ignored_packets = sums.counts.unfollowed.packets,
                    .ignored_bytes = sums.counts.unfollowed.bytes};
    self.append(kExporter, out);
    flush();
}

uint32_t IpfixEncoder::add(const NamedRecord& named, uint32_t now_s) {
    Impl& self = *impl_;
    const FlowRecord& record = named.record;
    fBufSetExportTime(self.buffer, now_s);
    const auto forward = static_cast<uint8_t>(
        record.packets[record.initiator] != 0 ? record.initiator : record.initiator ^ 1);
    self.add_one(named, forward);
    if (!self.bidirectional && record.packets[forward ^ 1] != 0) {
        self.add_one(named, forward ^ 1);
        return 2;
    }
    return 1;
}

void IpfixEncoder::flush() {
    Impl& self = *impl_;
    if (self.begun) {
        self.send_message();
    }
}

}  // namespace lull
