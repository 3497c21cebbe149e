// lull.yaml: every key once, with its type, unit and bounds. A visitor walks it to load
// (parse.cpp) and to dump (dump.cpp), so that the two cannot drift apart. A visitor has
//   section(name, value)             a mapping, described by describe(visitor, value)
//   list(name, values, max)          a list of mappings
//   key(name, field, rule)           a key with a default
//   required(name, field, rule)      a key without one
#pragma once

#include "control/config/rules.h"
#include "dataplane/limits.h"

namespace lull {

inline constexpr std::size_t kMaxListenAddresses = 8;
inline constexpr std::size_t kMaxExcluded = 1024;    // a linear scan per packet has no use for more
inline constexpr std::size_t kMaxCountryList = 300;  // more than there are
inline constexpr std::size_t kMaxRouteFiles = 64;    // registries, collectors
inline constexpr std::size_t kMaxAllowed = 1024;
inline constexpr std::size_t kMaxWebhooks = 16;  // each has a thread; behind one, a relay fans out
inline constexpr uint32_t kMaxCore = 1023;       // RTE_MAX_LCORE is at most this in practice
inline constexpr uint32_t kMaxMemoryMb = 1u << 20;  // 1 TiB
inline constexpr double kMinTickS = 1;       // below, most countries send nothing in most ticks
inline constexpr double kMaxTickS = 300;     // above, no outage could be told within minutes
inline constexpr double kMinKeepS = 86'400;  // a day: an incident reopens within one
inline constexpr double kMaxKeepS = 100 * 366 * 86'400.0;
inline constexpr double kMaxKeepTicksS = 14 * 86'400.0;  // store/tick_rows.h keeps none for longer
inline constexpr double kMinLearnSpanS = 3600;           // below, a level knows as much by itself
inline constexpr double kMaxLearnSpanS = 42 * 86'400.0;  // above, a day's shape gains nothing
inline constexpr double kMaxFlowIdleS = 3600;   // the table counts 16 bits of quarter seconds
inline constexpr double kMaxClockScale = 1000;  // a worker must still turn often in a tick

template <typename Visitor>
void describe(Visitor& v, DpdkSection& s) {
    using Hugepages = EalConfig::Hugepages;
    using Word = std::pair<std::string_view, Hugepages>;
    v.key("hugepages", s.hugepages,
          WordRule{std::array{Word{"auto", Hugepages::kAuto}, Word{"on", Hugepages::kOn},
                              Word{"off", Hugepages::kOff}}});
    v.key("memory_mb", s.memory_mb, CountRule{64, kMaxMemoryMb, "MB", "auto"});
    v.key("main_core", s.main_core, CountRule{0, kMaxCore, "", ""});
    using PowerWord = std::pair<std::string_view, Power>;
    v.key("power", s.power,
          WordRule{std::array{PowerWord{"off", Power::kOff}, PowerWord{"pause", Power::kPause},
                              PowerWord{"sleep", Power::kSleep}}});
    v.key("extra_eal_args", s.extra_eal_args, ListRule{TextRule{}, 32});
}

template <typename Visitor>
void describe(Visitor& v, Exclude& s) {
    v.key("macs", s.macs, ListRule{MacRule{}, kMaxExcluded});
    v.key("vlans", s.vlans, ListRule{VlanRule{}, kMaxExcluded});
    v.key("prefixes", s, PrefixesRule{kMaxExcluded});
}

template <typename Visitor>
void describe(Visitor& v, PortSection& s) {
    v.required("name", s.name, TextRule{32});
    v.required("device", s.device, DeviceRule{});
    v.key("group", s.group, TextRule{32});
    v.required("cores", s.cores, ListRule{CountRule{0, kMaxCore, "", ""}, kMaxWorkers, 1});
    v.key("decap", s.decap, DecapRule{});
    v.key("slice", s.slice_bytes, SliceRule{});
    v.section("exclude", s.exclude);
}

template <typename Visitor>
void describe(Visitor& v, OriginsSection& s) {
    v.key("table", s.table, TextRule{4096});
    v.key("watch", s.watch, SwitchRule{});
    v.key("members", s.members, OptionalRule{TextRule{4096}});
}

template <typename Visitor>
void describe(Visitor& v, RoutesSection& s) {
    const ListRule files{TextRule{4096}, kMaxRouteFiles};
    v.key("bmp_listen", s.bmp_listen, ListRule{ListenRule{}, kMaxListenAddresses});
    v.key("bmp_allow", s.bmp_allow, ListRule{PrefixRule{}, kMaxAllowed});
    v.key("bmp_max_routers", s.bmp_max_routers, CountRule{1, 1024, "", ""});
    v.key("mrt", s.mrt, files);
    v.key("publish_every", s.publish_every_s, DurationRule{1, 86'400});
    v.key("publish_pause", s.publish_pause_s, DurationRule{1, 3'600});
    v.key("location_dump", s.location_dumps, files);
    v.key("delegated", s.delegated, files);
    v.key("country_ranges", s.country_ranges, files);
    v.key("mmdb", s.mmdb, files);
    v.key("geofeed", s.geofeeds, files);
    v.key("as_names", s.as_names, files);
    v.key("overrides", s.overrides, OptionalRule{TextRule{4096}});
    v.key("listen", s.listen, ListRule{ListenRule{}, kMaxListenAddresses, 1});
}

template <typename Visitor>
void describe(Visitor& v, FlowsSection& s) {
    v.key("per_worker", s.per_worker, CountRule{1'000, 64'000'000, "", ""});
    v.key("idle", s.idle_s, DurationRule{1, kMaxFlowIdleS});
    v.key("ended", s.ended_s, DurationRule{1, kMaxFlowIdleS});
    v.key("active", s.active_s, DurationRule{60, 86'400});
}

template <typename Visitor>
void describe(Visitor& v, InspectSection& s) {
    using Names = InspectSection::Names;
    using Word = std::pair<std::string_view, Names>;
    v.key("signatures", s.signatures, OptionalRule{TextRule{4096}});
    v.key("sites", s.sites, OptionalRule{TextRule{4096}});
    v.key("names", s.names,
          WordRule{std::array{Word{"listed", Names::kListed}, Word{"all", Names::kAll}}});
}

template <typename Visitor>
void describe(Visitor& v, DetectSection& s) {
    const ListRule countries{CountryRule{}, kMaxCountryList};
    v.key("tick", s.tick_s, DurationRule{kMinTickS, kMaxTickS});
    // One in a thousand years to one every five minutes: outside, no threshold means anything.
    v.key("false_alarms_per_year", s.false_alarms_per_year, NumberRule{0.001, 100'000});
    v.key("home", s.home, countries);
    v.key("watch", s.watch, countries);
    v.key("ignore", s.ignore, countries);
    v.key("calendar", s.calendar, OptionalRule{TextRule{4096}});
}

template <typename Visitor>
void describe(Visitor& v, StoreSection& s) {
    v.key("path", s.path, OptionalRule{TextRule{4096}});
    v.key("keep", s.keep_s, DurationRule{kMinKeepS, kMaxKeepS});
    v.key("keep_ticks", s.keep_ticks_s, DurationRule{0, kMaxKeepTicksS});
}

template <typename Visitor>
void describe(Visitor& v, LearnFromSection& s) {
    v.key("url", s.url, OptionalRule{UrlRule{}});
    v.key("instance", s.instance, OptionalRule{TextRule{256}});
    v.key("user", s.user, OptionalRule{TextRule{256}});
    v.key("cacert", s.cacert, OptionalRule{TextRule{4096}});
    v.key("cert", s.cert, OptionalRule{TextRule{4096}});
    v.key("key", s.key, OptionalRule{TextRule{4096}});
    v.key("span", s.span_s, DurationRule{kMinLearnSpanS, kMaxLearnSpanS});
}

template <typename Visitor>
void describe(Visitor& v, HttpSection& s) {
    v.key("listen", s.listen, ListRule{ListenRule{}, kMaxListenAddresses, 1});
    v.key("external_url", s.external_url, OptionalRule{UrlRule{}});
    v.key("web_config", s.web_config, OptionalRule{TextRule{4096}});
    v.key("enable_lifecycle", s.enable_lifecycle, SwitchRule{});
}

template <typename Visitor>
void describe(Visitor& v, IpfixSection& s) {
    using Flows = IpfixSection::Flows;
    using Word = std::pair<std::string_view, Flows>;
    const OptionalRule file{TextRule{4096}};
    v.key("collector", s.collector, OptionalRule{CollectorRule{}});
    v.key("flows", s.flows,
          WordRule{std::array{Word{"bidirectional", Flows::kBidirectional},
                              Word{"one_way", Flows::kOneWay}}});
    v.key("unanswered_one_in", s.unanswered_one_in, CountRule{1, 1'000'000, "", ""});
    v.key("hostile_one_in", s.hostile_one_in, CountRule{1, 1'000'000, "", ""});
    v.key("ipv4_bits", s.ipv4_bits, CountRule{0, 32, "", ""});
    v.key("ipv6_bits", s.ipv6_bits, CountRule{0, 128, "", ""});
    v.key("queue", s.queue_records, CountRule{1'000, 64'000'000, "", ""});
    v.key("templates", s.templates_s, DurationRule{1, 86'400});
    v.key("domain", s.domain, CountRule{0, ~uint32_t{0}, "", ""});
    v.key("cacert", s.cacert, file);
    v.key("cert", s.cert, file);
    v.key("key", s.key, file);
}

template <typename Visitor>
void describe(Visitor& v, ExportSection& s) {
    using Origins = ExportSection::Origins;
    using Word = std::pair<std::string_view, Origins>;
    v.key("top_origins", s.top_origins, CountRule{0, 100'000, "", ""});
    v.key("origins", s.origins,
          WordRule{std::array{Word{"volume", Origins::kVolume}, Word{"ratio", Origins::kRatio},
                              Word{"off", Origins::kOff}}});
    v.key("max_series", s.max_series, CountRule{1'000, 1'000'000, "", ""});
    v.section("ipfix", s.ipfix);
}

template <typename Visitor>
void describe(Visitor& v, WebhookSection& s) {
    using Word = std::pair<std::string_view, IncidentEvent>;
    v.required("url", s.url, UrlRule{});
    v.key("secret_file", s.secret_file, OptionalRule{TextRule{4096}});
    v.key("events", s.events,
          ListRule{WordRule{std::array{Word{"opened", IncidentEvent::kOpened},
                                       Word{"changed", IncidentEvent::kChanged},
                                       Word{"closed", IncidentEvent::kClosed}}},
                   3, 1});
}

template <typename Visitor>
void describe(Visitor& v, NotifySection& s) {
    v.list("webhooks", s.webhooks, kMaxWebhooks);
}

template <typename Visitor>
void describe(Visitor& v, ClockSection& s) {
    v.key("scale", s.scale, NumberRule{1, kMaxClockScale});
    v.key("epoch", s.epoch_ns, OptionalRule{TimeRule{}});
    v.key("at", s.at_ns, OptionalRule{TimeRule{}});
}

template <typename Visitor>
void describe(Visitor& v, LogSection& s) {
    using Level = LogSection::Level;
    using Format = LogSection::Format;
    using LevelWord = std::pair<std::string_view, Level>;
    using FormatWord = std::pair<std::string_view, Format>;
    v.key(
        "level", s.level,
        WordRule{std::array{LevelWord{"trace", Level::kTrace}, LevelWord{"debug", Level::kDebug},
                            LevelWord{"info", Level::kInfo}, LevelWord{"warning", Level::kWarning},
                            LevelWord{"error", Level::kError}}});
    v.key(
        "format", s.format,
        WordRule{std::array{FormatWord{"text", Format::kText}, FormatWord{"json", Format::kJson}}});
}

template <typename Visitor>
void describe(Visitor& v, Config& config) {
    v.key("site", config.site, TextRule{64});
    v.section("dpdk", config.dpdk);
    v.list("ports", config.ports, kMaxPorts);
    v.section("origins", config.origins);
    v.section("routes", config.routes);
    v.section("flows", config.flows);
    v.section("inspect", config.inspect);
    v.section("detect", config.detect);
    v.section("store", config.store);
    v.section("learn_from", config.learn_from);
    v.section("http", config.http);
    v.section("export", config.exports);
    v.section("notify", config.notify);
    v.section("clock", config.clock);
    v.section("log", config.log);
}

}  // namespace lull
