// The rules that belong to ports: devices, tunnels, what to leave out.
#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "control/config/rules.h"

namespace lull {
namespace {

constexpr std::size_t kMaxDeviceBytes = 512;

bool all_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

/// "3b:00.0" and "0000:3B:00.0" as "0000:3b:00.0"; nullopt if it is no PCI address.
std::optional<std::string> normal_pci(std::string_view text) {
    std::string full(text);
    if (text.size() == 7) full = "0000:" + full;
    if (full.size() != 12 || full[4] != ':' || full[7] != ':' || full[10] != '.') {
        return std::nullopt;
    }
    const std::string_view view = full;
    if (!all_hex(view.substr(0, 4)) || !all_hex(view.substr(5, 2)) || !all_hex(view.substr(8, 2)) ||
        full[11] < '0' || full[11] > '7') {
        return std::nullopt;
    }
    std::transform(full.begin(), full.end(), full.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return full;
}

/// "net_memif0", "net_pcap1,rx_pcap=f": a driver of DPDK's net class and a number.
bool is_vdev(std::string_view text) {
    const std::string_view name = text.substr(0, text.find(','));
    const bool prefix =
        name.starts_with("net_") || name.starts_with("eth_") || name.starts_with("virtio_user");
    return prefix && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

struct Prefix {
    Family family = Family::kIpv4;
    Ipv6Bytes bytes{};
    uint8_t length = 0;
};

std::optional<Prefix> parse_prefix(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return std::nullopt;
    Prefix prefix;
    const std::string address = text.substr(0, slash);
    prefix.family = address.find(':') == std::string::npos ? Family::kIpv4 : Family::kIpv6;
    const bool v4 = prefix.family == Family::kIpv4;
    if (inet_pton(v4 ? AF_INET : AF_INET6, address.c_str(), prefix.bytes.data()) != 1) {
        return std::nullopt;
    }
    const char* const begin = text.data() + slash + 1;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, prefix.length);
    if (error != std::errc{} || stop != end || prefix.length > (v4 ? 32 : 128)) return std::nullopt;
    return prefix;
}

/// True when the bits behind the length were zero; makes them so.
bool clear_host_bits(Prefix& prefix) {
    bool clean = true;
    const std::size_t size = prefix.family == Family::kIpv4 ? 4 : 16;
    for (std::size_t i = 0; i < size; ++i) {
        const int kept_bits =
            std::clamp(static_cast<int>(prefix.length) - static_cast<int>(i) * 8, 0, 8);
        const auto kept = static_cast<uint8_t>(prefix.bytes[i] & (0xff00 >> kept_bits));
        clean = clean && kept == prefix.bytes[i];
        prefix.bytes[i] = kept;
    }
    return clean;
}

std::string prefix_text(Family family, const uint8_t* bytes, uint8_t length) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(family == Family::kIpv4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
    return fmt::format("{}/{}", text.data(), length);
}

std::string route_text(const Route4& route) {
    const uint32_t network_order = htonl(route.address);
    std::array<uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &network_order, bytes.size());
    return prefix_text(Family::kIpv4, bytes.data(), route.length);
}

}  // namespace

void DeviceRule::read(const Value& value, std::string& out) const {
    std::string text;
    TextRule{kMaxDeviceBytes}.read(value, text);
    if (text.empty()) return;
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const auto pci = normal_pci(std::string_view(text).substr(0, comma))) {
        out = *pci + text.substr(comma);  // with what the driver is told
    } else if (is_vdev(text)) {
        out = text;
    } else {
        value.fail(fmt::format(
            "{} is no device: write a PCI address (\"0000:3b:00.0\", as dpdk-devbind.py --status "
            "lists it, with devargs behind a comma if any) or a DPDK vdev (net_memif0,...; a "
            "kernel interface is "
            "net_af_packet0,iface=NAME)",
            in_quotes(text)));
    }
}

void DecapRule::read(const Value& value, Decap& out) const {
    constexpr std::array<std::string_view, 3> kTunnels{"gre", "erspan", "vxlan"};
    out = {};
    std::vector<std::string> words;
    ListRule{TextRule{}, kTunnels.size()}.read(value, words);
    for (const std::string& word : words) {
        if (word == "gre") {
            out.gre = true;
        } else if (word == "erspan") {
            out.erspan = true;
        } else if (word == "vxlan") {
            out.vxlan = true;
        } else if (!word.empty()) {
            value.fail(
                fmt::format("{} is no tunnel: {}", in_quotes(word), suggestion(word, kTunnels)));
        }
    }
}

nlohmann::json DecapRule::write(const Decap& field) const {
    nlohmann::json list = nlohmann::json::array();
    if (field.gre) list.push_back("gre");
    if (field.erspan) list.push_back("erspan");
    if (field.vxlan) list.push_back("vxlan");
    return list;
}

void MacRule::read(const Value& value, std::array<uint8_t, 6>& out) const {
    constexpr std::size_t kMacBytes = 17;  // six bytes and five colons
    const auto text = value.text("a MAC address such as 02:00:00:00:00:01");
    if (!text) return;
    bool sound = text->size() == kMacBytes;
    for (std::size_t i = 0; sound && i < out.size(); ++i) {
        const std::string_view digits = std::string_view(*text).substr(i * 3, 2);
        sound = all_hex(digits) && (i == out.size() - 1 || (*text)[i * 3 + 2] == ':');
        std::from_chars(digits.data(), digits.data() + digits.size(), out[i], 16);
    }
    if (!sound) {
        value.fail(
            fmt::format("{} is no MAC address: write it as 02:00:00:00:00:01", in_quotes(*text)));
    }
}

nlohmann::json MacRule::write(const std::array<uint8_t, 6>& field) const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", field[0], field[1], field[2],
                       field[3], field[4], field[5]);
}

void VlanRule::read(const Value& value, uint16_t& out) const {
    uint32_t vlan = 0;
    CountRule{1, 4094, "", ""}.read(value, vlan);  // IEEE 802.1Q: 0 and 4095 name no VLAN
    out = static_cast<uint16_t>(vlan);
}

void PrefixRule::read(const Value& value, std::string& out) const {
    const auto text = value.text("a prefix such as 192.0.2.0/24");
    if (!text) return;
    const bool whole = text->find('/') == std::string::npos;
    auto prefix = parse_prefix(
        whole ? *text + (text->find(':') == std::string::npos ? "/32" : "/128") : *text);
    if (!prefix) {
        return value.fail(fmt::format("{} is no prefix: write it as 192.0.2.0/24 or 2001:db8::/32",
                                      in_quotes(*text)));
    }
    if (!clear_host_bits(*prefix)) {
        return value.fail(
            fmt::format("{} has bits behind its length: did you mean {}?", *text,
                        prefix_text(prefix->family, prefix->bytes.data(), prefix->length)));
    }
    out = prefix_text(prefix->family, prefix->bytes.data(), prefix->length);
}

void PrefixesRule::read(const Value& value, Exclude& out) const {
    out.prefixes4.clear();
    out.prefixes6.clear();
    for (const Value& item : value.items(max_items)) {
        const auto text = item.text("a prefix such as 192.0.2.0/24");
        if (!text) continue;
        auto prefix = parse_prefix(*text);
        if (!prefix) {
            item.fail(fmt::format("{} is no prefix: write it as 192.0.2.0/24 or 2001:db8::/32",
                                  in_quotes(*text)));
        } else if (!clear_host_bits(*prefix)) {
            item.fail(
                fmt::format("{} has bits behind its length: did you mean {}?", *text,
                            prefix_text(prefix->family, prefix->bytes.data(), prefix->length)));
        } else if (prefix->family == Family::kIpv4) {
            uint32_t network_order = 0;
            std::memcpy(&network_order, prefix->bytes.data(), sizeof network_order);
            out.prefixes4.push_back({ntohl(network_order), prefix->length, kOriginUnmatched});
        } else {
            out.prefixes6.push_back({prefix->bytes, prefix->length, kOriginUnmatched});
        }
    }
}

nlohmann::json PrefixesRule::write(const Exclude& field) const {
    nlohmann::json list = nlohmann::json::array();
    for (const Route4& route : field.prefixes4) list.push_back(route_text(route));
    for (const Route6& route : field.prefixes6) {
        list.push_back(prefix_text(Family::kIpv6, route.address.data(), route.length));
    }
    return list;
}

}  // namespace lull
