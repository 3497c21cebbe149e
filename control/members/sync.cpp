#include "control/members/sync.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "control/export/json.h"
#include "control/files.h"
#include "control/members/member_book.h"
#include "control/members/member_file.h"
#include "control/origins/prefix.h"
#include "control/text_table.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr double kLeastKept = 0.8;  // fewer is an export that went wrong

std::string describe(const Member& member) {
    std::string text = fmt::format("AS{}{}{}:", member.asn, member.name.empty() ? "" : " ",
                                   printable_text(member.name));
    if (member.ports.empty()) {
        return text + " no MAC address";
    }
    for (const Member::Port& port : member.ports) {
        text += " " + format_mac(port.mac) +
                (port.vlan == 0 ? "" : fmt::format(" (VLAN {})", port.vlan));
    }
    return text;
}

Result<json> parse_json(const std::string& text, const std::string& path) {
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        return refused("{}: no JSON: {}", path, error.what());
    }
}

std::optional<uint32_t> number_of(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_number_unsigned() ||
        found->get<uint64_t>() > UINT32_MAX) {
        return std::nullopt;
    }
    return found->get<uint32_t>();
}

std::string text_of(const json& object, const char* name) {
    return object.is_object() && object.contains(name) && object[name].is_string()
               ? object[name].get<std::string>()
               : std::string();
}

Result<MemberList> read_export(const MemberSyncOptions& options,
                               std::vector<std::string>& problems) {
    const auto text = read_file(options.from, kMaxMemberFileBytes);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto ixf = parse_member_file(*text, options.from);
    if (ixf) {
        problems = std::move(ixf->problems);
        return std::move(ixf->members);
    }
    auto peeringdb = parse_peeringdb(*text, options.from, options.ixlan);
    // Of a file that is neither, the commoner form's sentence helps more.
    return peeringdb || text->find("\"data\"") != std::string::npos ? std::move(peeringdb)
                                                                    : tl::unexpected(ixf.error());
}

Result<MemberList> read_before(const std::string& path) {
    if (access(path.c_str(), F_OK) != 0) {
        return MemberList{};
    }
    const auto text = read_file(path, kMaxMemberFileBytes);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto file = parse_member_file(*text, path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    return std::move(file->members);
}

std::size_t count_with_port(const MemberList& members) {
    return static_cast<std::size_t>(std::count_if(
        members.begin(), members.end(), [](const Member& each) { return !each.ports.empty(); }));
}

// A list that has lost its members, or by another source or without --neighbours what tells them
// apart, would blind the monitor that takes it.
Result<void> check_losses(const MemberSyncOptions& options, const MemberList& before,
                          const MemberList& after, std::size_t removed) {
    const std::size_t ports_before = count_with_port(before), ports_after = count_with_port(after);
    const auto too_few = [](std::size_t kept, std::size_t of) {
        return static_cast<double>(kept) < kLeastKept * static_cast<double>(of);
    };
    if (too_few(before.size() - removed, before.size())) {
        return refused(
            "{}: has lost {} of the {} members of {}, more than a fifth; mend: look at it with "
            "--check, and take it with --force",
            options.from, removed, before.size(), options.out);
    }
    if (too_few(ports_after, ports_before)) {
        return refused(
            "{}: has MAC addresses of {} members, {} has of {}, more than a fifth more; mend: name "
            "--neighbours, look at it with --check, and take it with --force",
            options.from, ports_after, options.out, ports_before);
    }
    return {};
}

void print(const MemberSyncOptions& options, const MemberChanges& changes,
           const std::vector<std::string>& problems, const MemberList& members) {
    const std::size_t with_port = count_with_port(members);
    const bool written = !options.check;
    if (options.format == MemberSyncOptions::Format::kJson) {
        fmt::print("{}", dump_json({{"members", members.size()},
                                    {"with_mac_address", with_port},
                                    {"added", changes.added},
                                    {"removed", changes.removed},
                                    {"changed", changes.changed},
                                    {"changes", changes.lines},
                                    {"left_out", problems},
                                    {"written", written ? json(options.out) : json(nullptr)}}));
        return;
    }
    for (const std::string& line : changes.lines) {
        fmt::print("{}\n", line);
    }
    for (const std::string& problem : problems) {
        fmt::print("left out: {}\n", printable_text(problem));
    }
    fmt::print("{} members, {} with a MAC address: {} added, {} removed, {} changed\n",
               members.size(), with_port, changes.added, changes.removed, changes.changed);
    if (written) {
        fmt::print("{} is written; review it, name it as origins.members, and reload the monitor\n",
                   options.out);
    }
}

}  // namespace

MemberChanges compare_members(const MemberList& before, const MemberList& after) {
    MemberChanges changes;
    std::map<uint32_t, std::pair<const Member*, const Member*>> both;
    for (const Member& member : before) both[member.asn].first = &member;
    for (const Member& member : after) both[member.asn].second = &member;
    for (const auto& [asn, pair] : both) {
        const auto& [old_one, new_one] = pair;
        if (old_one == nullptr) {
            ++changes.added;
            changes.lines.push_back("+ " + describe(*new_one));
        } else if (new_one == nullptr) {
            ++changes.removed;
            changes.lines.push_back("- " + describe(*old_one));
        } else if (*old_one != *new_one) {
            ++changes.changed;
            changes.lines.push_back("- " + describe(*old_one));
            changes.lines.push_back("+ " + describe(*new_one));
        }
    }
    return changes;
}

Result<MemberList> parse_peeringdb(const std::string& text, const std::string& path,
                                   std::optional<uint32_t> ixlan) {
    const auto document = parse_json(text, path);
    if (!document) {
        return tl::unexpected(document.error());
    }
    if (!document->is_object() || !document->contains("data") || !(*document)["data"].is_array()) {
        return refused(
            "{}: neither an IX-F member export (`member_list`) nor an answer of "
            "PeeringDB's /api/netixlan (`data`)",
            path);
    }
    MemberList members;
    std::set<uint32_t> exchanges;
    for (const json& entry : (*document)["data"]) {
        const auto asn = number_of(entry, "asn");
        const auto its = number_of(entry, "ixlan_id");
        if (!asn || *asn == 0 || (ixlan && its != ixlan)) {
            continue;
        }
        exchanges.insert(its.value_or(0));
        Member& member = members.emplace_back();
        member.asn = *asn;
        for (const char* name : {"ipaddr4", "ipaddr6"}) {
            if (const auto address = parse_address(text_of(entry, name))) {
                member.addresses.push_back(format_address(*address));
            }
        }
    }
    if (exchanges.size() > 1) {
        return refused("{}: of {} exchanges; mend: say which, --ixlan {}", path, exchanges.size(),
                       *exchanges.begin());
    }
    if (members.empty()) {
        return refused("{}: no member in it{}", path,
                       ixlan ? fmt::format(" of exchange {}", *ixlan) : "");
    }
    return tidy(std::move(members));
}

Result<std::size_t> add_neighbours(const std::string& text, const std::string& path,
                                   MemberList& members) {
    const auto document = parse_json(text, path);
    if (!document) {
        return tl::unexpected(document.error());
    }
    if (!document->is_array()) {
        return refused("{}: not what `ip -j neigh show` prints: a list is wanted", path);
    }
    std::map<std::string, MacNumber> macs;
    for (const json& entry : *document) {
        const auto address = parse_address(text_of(entry, "dst"));
        const auto mac = parse_mac(text_of(entry, "lladdr"));
        if (address && mac) {
            macs[format_address(*address)] = *mac;
        }
    }
    std::size_t found = 0;
    for (Member& member : members) {
        for (const std::string& address : member.addresses) {
            if (const auto mac = macs.find(address); mac != macs.end()) {
                member.ports.push_back({mac->second, 0});
                ++found;
            }
        }
    }
    members = tidy(std::move(members));
    return found;
}

std::vector<std::string> drop_shared(MemberList& members) {
    std::map<std::pair<MacNumber, uint16_t>, std::set<uint32_t>> on_lan;
    std::map<MacNumber, std::set<uint32_t>> on_any;
    for (const Member& member : members) {
        for (const Member::Port& port : member.ports) {
            on_lan[{port.mac, port.vlan}].insert(member.asn);
            on_any[port.mac].insert(member.asn);
        }
    }
    std::map<MacNumber, std::set<uint32_t>> shared;
    for (const auto& [place, asns] : on_lan) {
        if (asns.size() > 1 || (place.second == 0 && on_any[place.first].size() > 1)) {
            shared[place.first] = on_any[place.first];
        }
    }
    for (Member& member : members) {
        std::erase_if(member.ports,
                      [&](const Member::Port& port) { return shared.contains(port.mac); });
    }
    std::vector<std::string> sentences;
    for (const auto& [mac, asns] : shared) {
        sentences.push_back(
            fmt::format("{}: AS{} have it", format_mac(mac), fmt::join(asns, " and AS")));
    }
    return sentences;
}

Result<void> run_member_sync(const MemberSyncOptions& options) {
    std::vector<std::string> problems;
    auto members = read_export(options, problems);
    if (!members) {
        return tl::unexpected(members.error());
    }
    if (options.neighbours) {
        const auto text = read_file(*options.neighbours, kMaxMemberFileBytes);
        if (!text) {
            return tl::unexpected(text.error());
        }
        const auto found = add_neighbours(*text, *options.neighbours, *members);
        if (!found) {
            return tl::unexpected(found.error());
        }
        if (*found == 0) {
            return refused("{}: has none of the {} members' IP addresses", *options.neighbours,
                           members->size());
        }
    }
    for (std::string& shared : drop_shared(*members)) {
        problems.push_back(std::move(shared));
    }
    if (const auto map = MemberBook().adopt(*members); !map) {
        return within(options.from, map.error());
    }
    const auto before = read_before(options.out);
    if (!before) {
        return tl::unexpected(before.error());
    }
    const MemberChanges changes = compare_members(*before, *members);
    if (!options.check && !options.force) {
        if (auto ok = check_losses(options, *before, *members, changes.removed); !ok) {
            return ok;
        }
    }
    if (!options.check) {
        const std::string text = write_member_file(*members);
        if (auto ok = write_file_atomically(
                options.out, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
            !ok) {
            return ok;
        }
    }
    print(options, changes, problems, *members);
    return {};
}

}  // namespace lull
