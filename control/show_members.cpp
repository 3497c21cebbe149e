#include "control/show_members.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/json_fields.h"
#include "control/show_text.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr std::size_t kMembersNamed = 3;    // members of a country in a line
constexpr std::size_t kCountriesNamed = 8;  // of a member in a row
constexpr std::size_t kAddressesNamed = 8;  // that no member has

std::string member_name(const json& member) {
    const json& name = field(member, "name");
    return plain(field(member, "member")) +
           (name.is_string() ? " " + name.get<std::string>() : std::string());
}

std::string countries_of(const json& member) {
    const json& list = field(member, "countries");
    std::string text;
    for (std::size_t i = 0; i < std::min(kCountriesNamed, list.size()); ++i) {
        text += (i == 0 ? "" : " ") + plain(field(list[i], "country"));
    }
    return list.size() > kCountriesNamed
               ? fmt::format("{} and {} more", text, list.size() - kCountriesNamed)
               : text;
}

std::string unknown_text(const json& unknown) {
    const json& packets = field(unknown, "receive_packets");
    if (!packets.is_number() || packets == 0) {
        return "";
    }
    std::string text = fmt::format("\nframes whose sender no member is: {}", plain(packets));
    const json& addresses = field(unknown, "addresses");
    for (std::size_t i = 0; i < std::min(kAddressesNamed, addresses.size()); ++i) {
        text += (i == 0 ? ", lately " : " ") + plain(addresses[addresses.size() - 1 - i]);
    }
    return text + "\n";
}

}  // namespace

std::string members_text(const json& document) {
    if (field(document, "told") != true) {
        return "Members are not told apart; mend: origins.members in lull.yaml, an IX-F member "
               "export (lull members sync --help) or `learned`.\n";
    }
    TextTable table({{"MEMBER"},
                     {"NAME"},
                     {"PORTS", Align::kRight},
                     {"PACKETS", Align::kRight},
                     {"BYTES", Align::kRight},
                     {"FLOWS", Align::kRight},
                     {"EXPECTED", Align::kRight},
                     {"STATE"},
                     {"COUNTRIES BY IT"}});
    for (const json& member : field(document, "members")) {
        const auto number = [&](const char* name) {
            const json& value = field(member, name);
            return value.is_number() ? fmt::format("{:.0f}", value.get<double>()) : "-";
        };
        table.row({plain(field(member, "member")), plain(field(member, "name")),
                   plain(field(member, "ports")), plain(field(member, "receive_packets")),
                   plain(field(member, "receive_bytes")), number("observed_flows"),
                   number("expected_flows"),
                   field(member, "fallen") == true    ? "fallen"
                   : field(member, "listed") == false ? "no longer listed"
                                                      : "stands",
                   countries_of(member)});
    }
    return table.text() + printable_text(unknown_text(field(document, "unknown")));
}

std::string country_members_text(const json& members) {
    if (!members.is_array() || members.empty()) {
        return "";
    }
    std::string text = "members: ";
    for (std::size_t i = 0; i < std::min(kMembersNamed, members.size()); ++i) {
        text += fmt::format("{}{} of its flows by {}", i == 0 ? "" : ", ",
                            percent(field(members[i], "share")), member_name(members[i]));
    }
    if (members.size() > kMembersNamed) {
        text += fmt::format(" and {} more", members.size() - kMembersNamed);
    }
    return printable_text(text) + "\n";
}

}  // namespace lull
