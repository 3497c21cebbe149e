#include "control/show_routing.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/json_fields.h"
#include "control/show_text.h"

namespace lull {
namespace {

using nlohmann::json;

// Upstreams named in words; all are in the document.
constexpr std::size_t kNamed = 3;
constexpr double kAll = 0.995;  // as 100 % is printed
constexpr double kNone = 0.005;

double number(const json& object, const char* name) {
    const json& value = field(object, name);
    return value.is_number() ? value.get<double>() : 0;
}

std::string counted(double count, const char* what) {
    return fmt::format("{:.0f} {}{}", count, what, count == 1 ? "" : "s");
}

/// "AS4837 China Unicom (100 % of its addresses; all would be lost with it)"
std::string upstream_text(const json& upstream, const char* whole) {
    std::string text = "AS" + plain(field(upstream, "asn"));
    if (const json& name = field(upstream, "name"); name.is_string()) {
        text += " " + name.get<std::string>();
    }
    const double lost = number(upstream, "only_share");
    text += fmt::format(" ({} of its {}", percent(field(upstream, "share")), whole);
    if (lost >= kAll) {
        return text + "; all would be lost with it)";
    }
    return lost < kNone ? text + ")"
                        : text + fmt::format("; {} would be lost with it)",
                                             percent(field(upstream, "only_share")));
}

std::string largest_text(const json& upstreams, const char* whole) {
    std::string text;
    for (std::size_t i = 0; i < std::min(kNamed, upstreams.size()); ++i) {
        text += (i == 0 ? "" : ", ") + upstream_text(upstreams[i], whole);
    }
    return text;
}

/// "" where it is not known.
std::string traffic_text(const json& traffic) {
    const json& upstreams = field(traffic, "upstreams");
    if (!upstreams.is_array()) {
        return "";
    }
    std::string text = "routing: its traffic of the last day ";
    text += upstreams.empty() ? "has no upstream that is known"
                              : "is behind " + largest_text(upstreams, "bytes");
    const double rest = 1 - number(traffic, "attributed_share");
    return rest < kNone ? text : text + "; " + percent(json(rest)) + " is not attributed";
}

std::string networks_text(const json& routing) {
    std::string text = fmt::format(
        "{} of {}",
        counted(number(routing, "networks_v4") + number(routing, "networks_v6"), "network"),
        counted(number(routing, "origins"), "origin"));
    const json& upstreams = field(routing, "upstreams");
    if (!upstreams.is_array() || upstreams.empty()) {
        return text;
    }
    text += fmt::format(", behind {}: ", plain(field(routing, "exposure"))) +
            largest_text(upstreams, "addresses");
    const double more = number(routing, "upstream_count") - static_cast<double>(kNamed);
    return more > 0 ? text + fmt::format(" and {:.0f} more", more) : text;
}

/// Of a time that has passed: no more than a decision record keeps.
std::string past_networks_text(const json& routing) {
    std::string text = counted(number(routing, "networks"), "network") + " announced";
    if (field(routing, "largest_upstream").is_number()) {
        text += ", behind AS" + plain(field(routing, "largest_upstream"));
        const double more = number(routing, "upstream_count") - 1;
        return more > 0 ? text + fmt::format(" and {:.0f} more", more) : text;
    }
    return text;
}

std::string moved_text(const json& routing) {
    if (number(routing, "moved") == 0) {
        return "";
    }
    std::string text = fmt::format("; {} of them moved", plain(field(routing, "moved")));
    const json& to = field(routing, "moved_to");
    if (!to.is_object()) {
        return text;
    }
    text += " to AS" + plain(field(to, "asn"));
    for (const char* each : {"name", "country"}) {
        if (field(to, each).is_string()) {
            text += " " + field(to, each).get<std::string>();
        }
    }
    return field(to, "since").is_string() ? text + " since " + plain(field(to, "since")) : text;
}

}  // namespace

std::string routing_text(const json& routing) {
    if (!routing.is_object()) {
        return "";
    }
    std::string text = "routing: ";
    if (const json& why = field(routing, "why"); why.is_string()) {
        text += fmt::format("not known ({})", why.get<std::string>());
    }
    const bool past = field(routing, "networks").is_number();
    if (past || field(routing, "networks_v4").is_number()) {
        text += (field(routing, "why").is_string() ? "; " : "") +
                (past ? past_networks_text(routing) : networks_text(routing));
        if (number(routing, "withdrawn") > 0) {
            text +=
                fmt::format("; {} withdrawn in the last week", plain(field(routing, "withdrawn")));
        }
        if (number(routing, "unknown") > 0) {
            text +=
                fmt::format("; {} of peers that cannot be heard", plain(field(routing, "unknown")));
        }
    }
    text += moved_text(routing);
    text = printable_text(text) + "\n";
    if (const std::string traffic = traffic_text(field(routing, "traffic")); !traffic.empty()) {
        text += printable_text(traffic) + "\n";
    }
    if (const json& change = field(routing, "upstream_change"); change.is_object()) {
        text += printable_text(plain(field(change, "text"))) + "\n";
    }
    if (field(routing, "gone") == true) {
        text += printable_text(fmt::format(
                    "routing: gone since {}: half or more of its usual {:.0f} "
                    "networks were withdrawn",
                    plain(field(routing, "since")), number(routing, "usual_networks"))) +
                "\n";
    }
    return text;
}

}  // namespace lull
