// Reading goes on after a problem, so that an operator mends a file at once. Each kind of event
// names its own keys; a key of another kind is unknown there.
#include "control/drill/scenario.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "control/config/rules.h"
#include "control/files.h"

namespace lull {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr double kMaxTimes = 100'000;  // 6 Gbit/s onto a country of 60 kbit/s
constexpr double kMinDepth = 0.01;     // below, an event is not seen in a day of counting

constexpr std::array<std::string_view, 12> kKinds{
    "outage",        "flap",   "flood", "one_way", "port_dark",   "pool_leak",
    "oversubscribe", "member", "move",  "offload", "table_drift", "maintenance"};
// 2200-01-01: times and durations after it could leave 64 bits of nanoseconds.
constexpr int64_t kLatest_ns = 7'258'118'400 * 1'000'000'000;

int64_t to_ns(double seconds) {
    return std::llround(seconds * 1e9);
}

/// One mapping of the file: takes known keys, then reports the others.
class Section {
  public:
    Section(const YamlNode& node, std::string path, ReadContext& context)
        : node_(node), path_(std::move(path)), context_(context) {
        if (node.kind != YamlNode::Kind::kMapping) {
            context.problems.add(node.place, path_,
                                 "needs a mapping: write its keys as `key: value`");
        }
    }
    ~Section() {
        for (const YamlKey& key : node_.keys) {
            if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
            context_.problems.add(key.place, path_,
                                  fmt::format("unknown key {}: {}", in_quotes(key.text),
                                              suggestion(key.text, known_)));
        }
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    template <typename Field, typename Rule>
    void key(std::string_view name, Field& field, const Rule& rule) {
        if (const auto found = value(name)) rule.read(*found, field);
    }
    template <typename Field, typename Rule>
    void required(std::string_view name, Field& field, const Rule& rule) {
        if (const auto found = require(name)) rule.read(*found, field);
    }
    std::optional<Value> value(std::string_view name) {
        known_.push_back(name);
        const YamlNode* node = node_.find(name);
        if (node == nullptr) return std::nullopt;
        return Value(*node, path_of(name), context_);
    }
    std::optional<Value> require(std::string_view name) {
        auto found = value(name);
        if (!found && node_.kind == YamlNode::Kind::kMapping) {
            context_.problems.add(node_.place, path_of(name), "is missing: it has no default");
        }
        return found;
    }
    /// Names that are known here and read elsewhere.
    void expect(std::span<const std::string_view> names) {
        known_.insert(known_.end(), names.begin(), names.end());
    }
    [[nodiscard]] const YamlNode& node() const { return node_; }

  private:
    [[nodiscard]] std::string path_of(std::string_view name) const {
        return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
    }

    const YamlNode& node_;
    std::string path_;
    ReadContext& context_;
    std::vector<std::string_view> known_;
};

void read_traffic(const Value& value, TrafficPlan& traffic) {
    Section section(value.node(), value.path(), value.context());
    section.key("flows_per_second", traffic.flows_per_second, NumberRule{0.01, kMaxFlowsPerSecond});
    section.key("floor_flows_per_second", traffic.floor_flows_per_second, NumberRule{0, 100});
    section.key("v6_share", traffic.v6_share, NumberRule{0, 1});
    section.key("scan_share", traffic.scan_share, NumberRule{0, 0.5});
    section.key("day_rhythm", traffic.day_rhythm, SwitchRule{});
}

/// "175.45.176.0/22" or "2001:db8::/32", without host bits.
bool parse_prefix(const std::string& text, DrillTarget& target) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return false;
    const std::string address = text.substr(0, slash);
    const char* begin = text.data() + slash + 1;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, target.length);
    if (error != std::errc{} || stop != end) return false;
    target.address = {};
    target.family = address.find(':') == std::string::npos ? Family::kIpv4 : Family::kIpv6;
    const bool is_v4 = target.family == Family::kIpv4;
    // An IPv6 prefix past /64 is no target: the drill tells IPv6 networks apart by their /64.
    if (target.length > (is_v4 ? 32 : 64)) return false;
    if (inet_pton(is_v4 ? AF_INET : AF_INET6, address.c_str(), target.address.data()) != 1) {
        return false;
    }
    const std::size_t bits = is_v4 ? 32 : 128;
    for (std::size_t bit = target.length; bit < bits; ++bit) {
        if ((target.address[bit / 8] & (0x80 >> (bit % 8))) != 0) return false;
    }
    return true;
}

void read_prefix(const Value& value, DrillTarget& target) {
    std::string text;
    TextRule{64}.read(value, text);
    if (text.empty()) return;
    target.text = "prefix " + text;
    if (!parse_prefix(text, target)) {
        value.fail(
            fmt::format("{} is no prefix: write 175.45.176.0/22 or 2001:db8::/32 (at most /64), "
                        "without host bits",
                        in_quotes(text)));
    }
}

void read_target(const Value& value, DrillTarget& target) {
    Section section(value.node(), value.path(), value.context());
    if (value.node().kind != YamlNode::Kind::kMapping) return;
    int named = 0;
    if (const auto country = section.value("country")) {
        std::string code;
        CountryRule{}.read(*country, code);
        target.kind = DrillTarget::Kind::kCountry;
        target.country = find_country(code).value_or(kCountryUnknown);
        target.text = "country " + code;
        ++named;
    }
    if (const auto asn = section.value("asn")) {
        target.kind = DrillTarget::Kind::kAsn;
        CountRule{1, UINT32_MAX, "", ""}.read(*asn, target.asn);
        target.text = fmt::format("asn {}", target.asn);
        ++named;
    }
    if (const auto prefix = section.value("prefix")) {
        target.kind = DrillTarget::Kind::kPrefix;
        read_prefix(*prefix, target);
        ++named;
    }
    if (const auto port = section.value("port")) {
        std::string name;
        TextRule{64}.read(*port, name);
        target.kind = DrillTarget::Kind::kPort;
        target.text = "port " + name;
        ++named;
    }
    if (const auto member = section.value("member")) {
        target.kind = DrillTarget::Kind::kMember;
        CountRule{kFirstDrillMember, kFirstDrillMember + kDrillMembers - 1, "", ""}.read(
            *member, target.asn);
        target.text = fmt::format("member {}", target.asn);
        ++named;
    }
    if (named != 1) value.fail("names one of country, asn, prefix, port, member: as {country: KP}");
}

constexpr WordRule kDemandRule{std::array{std::pair{std::string_view("leaves"), Demand::kLeaves},
                                          std::pair{std::string_view("stays"), Demand::kStays}}};
constexpr WordRule kVectorRule{std::array{std::pair{std::string_view("ntp"), FloodVector::kNtp},
                                          std::pair{std::string_view("ssdp"), FloodVector::kSsdp},
                                          std::pair{std::string_view("dns"), FloodVector::kDns},
                                          std::pair{std::string_view("syn"), FloodVector::kSyn},
                                          std::pair{std::string_view("udp"), FloodVector::kUdp},
                                          std::pair{std::string_view("scan"), FloodVector::kScan}}};

void read_kind_keys(Section& section, DrillEvent& event) {
    const NumberRule depth{kMinDepth, 1};
    switch (event.kind) {
        case EventKind::kOutage:
            section.key("depth", event.depth, depth);
            section.key("ramp", event.ramp_s, DurationRule{0, kMaxScenarioSeconds});
            section.key("recovery", event.recovery_s, DurationRule{0, kMaxScenarioSeconds});
            section.key("demand", event.demand, kDemandRule);
            break;
        case EventKind::kFlap:
            // Foreigners keep asking a network that comes and goes.
            event.demand = Demand::kStays;
            section.key("depth", event.depth, depth);
            section.key("demand", event.demand, kDemandRule);
            section.required("period", event.period_s, DurationRule{1, kMaxScenarioSeconds});
            section.required("down_share", event.down_share, NumberRule{0.001, 0.999});
            break;
        case EventKind::kFlood:
            section.required("vector", event.vector, kVectorRule);
            section.required("times", event.times, NumberRule{0.1, kMaxTimes});
            section.key("from", event.from, CountryRule{});
            break;
        case EventKind::kOversubscribe:
            section.required("depth", event.depth, depth);
            break;
        case EventKind::kMove:
            section.key("depth", event.depth, depth);
            section.key("ramp", event.ramp_s, DurationRule{0, kMaxScenarioSeconds});
            break;
        case EventKind::kOffload:
            section.required("depth", event.depth, depth);
            section.key("ramp", event.ramp_s, DurationRule{0, kMaxScenarioSeconds});
            break;
        case EventKind::kTableDrift:
            section.required("to", event.to, CountryRule{});
            section.key("depth", event.depth, depth);
            break;
        case EventKind::kOneWay:
        case EventKind::kPortDark:
        case EventKind::kPoolLeak:
        case EventKind::kMember:
        case EventKind::kMaintenance:
            break;
    }
}

/// False when there is no such kind; the event's other keys are then not judged.
bool read_kind(const Value& value, EventKind& kind) {
    const auto text = value.text("a kind such as outage");
    if (!text) return false;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (kKinds[i] != *text) continue;
        kind = static_cast<EventKind>(i);
        return true;
    }
    value.fail(fmt::format("{}: no such kind: {}", in_quotes(*text), suggestion(*text, kKinds)));
    return false;
}

void check_event(const Value& value, const DrillEvent& event) {
    const double seconds = static_cast<double>(event.until_ns - event.at_ns) / 1e9;
    if (event.ramp_s > seconds) value.fail("ramp: longer than the event: shorten it below for");
    if (event.period_s > seconds) value.fail("period: longer than the event: shorten it below for");
    const bool of_port = event.kind == EventKind::kPortDark || event.kind == EventKind::kPoolLeak ||
                         event.kind == EventKind::kOversubscribe;
    const bool at_port = event.target.kind == DrillTarget::Kind::kPort;
    if (of_port != at_port && event.kind != EventKind::kMaintenance) {
        value.fail(fmt::format("target: {} needs {}", event_name(event.kind),
                               of_port ? "{port: NAME}" : "country, asn, prefix or member"));
    }
    if (event.kind == EventKind::kMember && event.target.kind != DrillTarget::Kind::kMember) {
        value.fail("target: member needs {member: ASN}");
    }
}

void read_event(const Value& value, Scenario& scenario) {
    DrillEvent event;
    event.place = value.node().place;
    const std::size_t problems_before = value.context().problems.count();
    Section section(value.node(), value.path(), value.context());
    const auto kind = section.require("kind");
    if (!kind || !read_kind(*kind, event.kind)) {
        // Which keys belong to an unknown kind cannot be said: none is reported as unknown.
        for (const YamlKey& key : value.node().keys) {
            section.expect(std::array<std::string_view, 1>{key.text});
        }
        return;
    }
    double for_s = 0;
    section.required("at", event.at_ns, TimeRule{});
    section.required("for", for_s, DurationRule{1, kMaxScenarioSeconds});
    if (event.at_ns < scenario.from_ns || event.at_ns >= scenario.until_ns) {
        value.fail("at: outside the scenario: move it between from and until");
        event.at_ns = scenario.from_ns;
    }
    event.until_ns = event.at_ns + to_ns(for_s);
    read_kind_keys(section, event);
    if (const auto target = section.require("target")) read_target(*target, event.target);
    if (value.context().problems.count() > problems_before) return;
    check_event(value, event);
    scenario.events.push_back(std::move(event));
}

/// {country: KP, asn: 4837}
void read_upstream(const Value& value, Scenario& scenario) {
    Section section(value.node(), value.path(), value.context());
    if (value.node().kind != YamlNode::Kind::kMapping) return;
    std::string code;
    uint32_t asn = 0;
    section.required("country", code, CountryRule{});
    section.required("asn", asn, CountRule{1, UINT32_MAX, "", ""});
    if (const auto id = find_country(code); id && asn != 0) scenario.upstreams[*id] = asn;
}

void read_root(const YamlNode& root, ReadContext& context, Scenario& scenario) {
    Section section(root, "", context);
    if (root.kind != YamlNode::Kind::kMapping) return;
    uint32_t seed = 1;
    section.required("name", scenario.name, TextRule{64});
    section.required("from", scenario.from_ns, TimeRule{});
    section.required("until", scenario.until_ns, TimeRule{});
    section.key("seed", seed, CountRule{0, UINT32_MAX, "", ""});
    scenario.seed = seed;
    if (const auto traffic = section.value("traffic")) read_traffic(*traffic, scenario.traffic);
    if (const auto upstreams = section.value("upstreams"); upstreams && !upstreams->is_null()) {
        for (const Value& each : upstreams->items(kMaxUpstreams)) read_upstream(each, scenario);
    }
    const auto events = section.value("events");
    if (context.problems.count() == 0) {
        const double seconds = static_cast<double>(scenario.until_ns) / 1e9 -
                               static_cast<double>(scenario.from_ns) / 1e9;
        if (scenario.from_ns < 0 || scenario.until_ns > kLatest_ns || seconds <= 0 ||
            seconds > kMaxScenarioSeconds) {
            context.problems.add(root.find("until")->place, "until",
                                 "needs to be after from, by at most 400 days, both in 1970-2199");
        }
    }
    // Without sound bounds no event can be placed, and its times could leave 64 bits.
    if (context.problems.count() > 0) {
        scenario.from_ns = 0;
        scenario.until_ns = kLatest_ns;
    }
    if (!events || events->is_null()) return;
    for (const Value& event : events->items(kMaxDrillEvents)) read_event(event, scenario);
}

}  // namespace

std::string_view event_name(EventKind kind) {
    return kKinds[static_cast<std::size_t>(kind)];
}

int64_t DrillEvent::over_ns() const {
    return until_ns + to_ns(recovery_s);
}

double DrillEvent::down_share_at(int64_t time_ns) const {
    if (!active_at(time_ns)) return 0;
    const double since_s = static_cast<double>(time_ns - at_ns) / static_cast<double>(kNsPerSecond);
    if (kind == EventKind::kFlap) {
        return std::fmod(since_s, period_s) < down_share * period_s ? depth : 0;
    }
    if (kind == EventKind::kFlood || kind == EventKind::kOneWay) return 0;
    if (time_ns >= until_ns) {
        const double past_s = static_cast<double>(time_ns - until_ns) / 1e9;
        return depth * (1 - past_s / recovery_s);
    }
    return since_s < ramp_s ? depth * since_s / ramp_s : depth;
}

Result<Scenario> parse_scenario(const std::string& text, const std::string& path) {
    Problems problems(path);
    Scenario scenario;
    scenario.path = path;
    std::map<std::string, Place> places;
    const CountryKnown known = [](std::string_view code) { return find_country(code).has_value(); };
    ReadContext context{problems, places, known};
    if (const auto root = read_yaml(text, problems)) read_root(*root, context, scenario);
    if (problems.count() > 0) return tl::unexpected(problems.errors().as_error());
    return scenario;
}

Result<Scenario> load_scenario(const std::string& path) {
    const auto text = read_file(path, kMaxYamlBytes);
    if (!text) return tl::unexpected(text.error());
    return parse_scenario(*text, path);
}

}  // namespace lull
