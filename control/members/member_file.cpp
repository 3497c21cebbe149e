#include "control/members/member_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "control/files.h"
#include "control/members/member_book.h"
#include "control/origins/prefix.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kMostNameBytes = 256;
constexpr uint64_t kMostVlan = 4094;

/// A value of the document and where it stands in it.
struct Node {
    const json& value;
    std::string where;

    [[nodiscard]] Node at(const char* name) const {
        static const json kNone;
        const bool has = value.is_object() && value.contains(name);
        return {has ? value[name] : kNone, where.empty() ? name : where + "." + name};
    }
    [[nodiscard]] std::vector<Node> each() const {
        std::vector<Node> all;
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
            all.push_back({value[i], fmt::format("{}[{}]", where, i)});
        }
        return all;
    }
};

class Reader {
  public:
    explicit Reader(MemberFile& file) : file_(file) {}

    void member(const Node& node) {
        const Node asn = node.at("asnum");
        if (!asn.value.is_number_unsigned() || asn.value.get<uint64_t>() == 0 ||
            asn.value.get<uint64_t>() > UINT32_MAX) {
            problem(asn.where, "an AS number is wanted, 1 to 4294967295");
            return;
        }
        Member member;
        member.asn = asn.value.get<uint32_t>();
        if (const Node name = node.at("name"); name.value.is_string()) {
            member.name = printable_text(name.value.get<std::string>().substr(0, kMostNameBytes));
        }
        for (const Node& connection : node.at("connection_list").each()) {
            for (const Node& vlan : connection.at("vlan_list").each()) {
                lan(vlan, member);
            }
        }
        file_.members.push_back(std::move(member));
    }

  private:
    void problem(const std::string& where, std::string_view sentence) {
        if (file_.problems.size() < kMostProblems) {
            file_.problems.push_back(fmt::format("{}: {}", where, sentence));
        } else if (file_.problems.size() == kMostProblems) {
            file_.problems.emplace_back("… and more");
        }
    }

    void lan(const Node& node, Member& member) {
        const Node id = node.at("vlan_id");
        const bool tagged = id.value.is_number_unsigned() && id.value.get<uint64_t>() >= 1 &&
                            id.value.get<uint64_t>() <= kMostVlan;
        const auto vlan = tagged ? id.value.get<uint16_t>() : uint16_t{0};
        macs(node, vlan, member);
        for (const char* family : {"ipv4", "ipv6"}) {
            const Node side = node.at(family);
            macs(side, vlan, member);
            const Node address = side.at("address");
            if (address.value.is_null()) {
                continue;
            }
            const auto parsed = address.value.is_string()
                                    ? parse_address(address.value.get<std::string>())
                                    : std::nullopt;
            if (!parsed) {
                problem(address.where, address.value.dump() + " is no IP address");
                continue;
            }
            member.addresses.push_back(format_address(*parsed));
        }
    }

    void macs(const Node& node, uint16_t vlan, Member& member) {
        std::vector<Node> all = node.at("mac_addresses").each();
        if (const Node one = node.at("mac_address"); !one.value.is_null()) {
            all.push_back(one);
        }
        for (const Node& each : all) {
            const auto mac =
                each.value.is_string() ? parse_mac(each.value.get<std::string>()) : std::nullopt;
            if (!mac) {
                problem(each.where,
                        each.value.dump(-1, ' ', false, json::error_handler_t::replace) +
                            " is no MAC address of an interface");
                continue;
            }
            member.ports.push_back({*mac, vlan});
        }
    }

    MemberFile& file_;
};

template <typename T>
void sort_once(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

json lan_json(uint16_t vlan, const std::vector<MacNumber>& macs) {
    json lan = json::object();
    if (vlan != 0) {
        lan["vlan_id"] = vlan;
    }
    for (const MacNumber mac : macs) {
        lan["ipv4"]["mac_addresses"].push_back(format_mac(mac));
    }
    return lan;
}

}  // namespace

MemberList tidy(MemberList members) {
    std::map<uint32_t, Member> by_asn;
    for (Member& member : members) {
        Member& into = by_asn[member.asn];
        into.asn = member.asn;
        into.name = into.name.empty() ? std::move(member.name) : into.name;
        std::move(member.ports.begin(), member.ports.end(), std::back_inserter(into.ports));
        std::move(member.addresses.begin(), member.addresses.end(),
                  std::back_inserter(into.addresses));
    }
    MemberList out;
    for (auto& [asn, member] : by_asn) {
        sort_once(member.ports);
        sort_once(member.addresses);
        out.push_back(std::move(member));
    }
    return out;
}

Result<MemberFile> parse_member_file(const std::string& text, const std::string& path) {
    json document;
    try {
        document = json::parse(text);
    } catch (const json::parse_error& error) {
        return refused("{}: no JSON: {}", path, error.what());
    }
    const Node root{document, ""};
    const Node list = root.at("member_list");
    if (!list.value.is_array()) {
        return refused("{}: no IX-F Member Export: there is no list `member_list` in it", path);
    }
    MemberFile file;
    Reader reader(file);
    for (const Node& each : list.each()) {
        reader.member(each);
    }
    file.members = tidy(std::move(file.members));
    return file;
}

Result<MemberList> load_member_file(const std::string& path) {
    const auto text = read_file(path, kMaxMemberFileBytes);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto file = parse_member_file(*text, path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    if (!file->problems.empty()) {
        return refused("{}: {}; mend: correct it, or let `lull members sync` write a sound one",
                       path, fmt::join(file->problems, "; "));
    }
    if (std::all_of(file->members.begin(), file->members.end(),
                    [](const Member& each) { return each.ports.empty(); })) {
        return refused(
            "{}: none of its {} members has a MAC address; mend: an export that lists "
            "`mac_addresses`, or `lull members sync --neighbours`",
            path, file->members.size());
    }
    MemberBook book;
    if (const auto map = book.adopt(file->members); !map) {
        return within(path, map.error());
    }
    return std::move(file->members);
}

std::string write_member_file(const MemberList& members) {
    json list = json::array();
    for (const Member& member : members) {
        json lans = json::array();
        std::map<uint16_t, std::vector<MacNumber>> by_vlan;
        for (const Member::Port& port : member.ports) {
            by_vlan[port.vlan].push_back(port.mac);
        }
        for (const auto& [vlan, macs] : by_vlan) {
            lans.push_back(lan_json(vlan, macs));
        }
        for (const std::string& address : member.addresses) {
            lans.push_back({{address.find(':') == std::string::npos ? "ipv4" : "ipv6",
                             {{"address", address}}}});
        }
        list.push_back({{"asnum", member.asn},
                        {"name", member.name},
                        {"connection_list", json::array({{{"vlan_list", std::move(lans)}}})}});
    }
    const json document{{"version", "1.0"}, {"member_list", std::move(list)}};
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace lull
