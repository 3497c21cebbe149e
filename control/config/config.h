// lull.yaml as values, with its defaults. Loading is strict: an unknown key, a bad unit or a wrong
// type is an error that names file:line:column and the path of the key.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/calendar.h"
#include "control/members/member.h"
#include "dataplane/engine.h"
#include "dataplane/error.h"

namespace lull {

struct DpdkSection {
    EalConfig::Hugepages hugepages = EalConfig::Hugepages::kAuto;
    uint32_t memory_mb = 0;  // 0: auto, what the packet pools need
    uint32_t main_core = 0;
    Power power = Power::kOff;
    std::vector<std::string> extra_eal_args;
};

struct PortSection {
    std::string name;
    std::string device;
    std::string group;  // default: the port's own name
    std::vector<uint32_t> cores;
    Decap decap;
    uint32_t slice_bytes = 0;
    Exclude exclude;
    int line = 0;  // where it stands in the file, for messages
};

struct OriginsSection {
    std::string table = "/var/lib/lull/origins.lut";
    bool watch = true;
    std::optional<std::string> members;  // a file; kLearnedMembers; none: not told apart
};

/// OriginsSection::members: every MAC address that sends is a member.
inline constexpr std::string_view kLearnedMembers = "learned";

/// What `lull routes` collects and builds origins.table from; `lull run` does not read it.
struct RoutesSection {
    std::vector<std::string> bmp_listen;  // "host:port"; empty: no BMP
    std::vector<std::string> bmp_allow;   // prefixes of routers; empty: this machine alone
    uint32_t bmp_max_routers = 64;
    std::vector<std::string> mrt;  // files, and folders watched for new ones
    double publish_every_s = 300;  // at most, when a table has changed
    double publish_pause_s = 10;   // at least, after a failed one and between two that cannot wait
    // The table's other sources, as of `lull table build`.
    std::vector<std::string> location_dumps;
    std::vector<std::string> delegated;
    std::vector<std::string> country_ranges;
    std::vector<std::string> mmdb;
    std::vector<std::string> geofeeds;  // "AS64500=FILE" or a path alone
    std::vector<std::string> as_names;
    std::optional<std::string> overrides;
    std::vector<std::string> listen{"127.0.0.1:9465"};  // its own /metrics
};

struct FlowsSection {
    uint32_t per_worker = 1'000'000;
    double idle_s = 60;
    double ended_s = 5;
    double active_s = 1800;
};

/// Of first payloads; nothing is read of them unless one of the two files is named.
struct InspectSection {
    std::optional<std::string> signatures;  // signatures.yaml
    std::optional<std::string> sites;       // sites.yaml
    enum class Names : uint8_t { kListed, kAll };
    Names names = Names::kListed;  // kAll: every name that is read is kept, not only sites'
    bool asked = false;            // by a command line, whatever the file says
    [[nodiscard]] bool on() const { return signatures || sites || asked; }
};

struct DetectSection {
    double tick_s = 10;
    double false_alarms_per_year = 12;
    std::vector<std::string> home;  // ISO alpha-2, upper case
    std::vector<std::string> watch;
    std::vector<std::string> ignore;
    std::optional<std::string> calendar;  // calendar.yaml
};

struct StoreSection {
    std::optional<std::string> path =
        "/var/lib/lull/lull.db";     // none: nothing outlives the process
    double keep_s = 400 * 86'400.0;  // closed incidents
    double keep_ticks_s = 86'400;    // what ticks saw; around incidents for 14 days; 0: not at all
};

/// A Prometheus that scrapes lull: what a monitor learns from where nothing is learned yet.
struct LearnFromSection {
    std::optional<std::string> url;
    std::optional<std::string> instance;  // as its label says; none: the only one there is
    std::optional<std::string> user;      // "name:password", a secret
    std::optional<std::string> cacert;    // file of certificates to trust
    std::optional<std::string> cert;      // file of the certificate to show
    std::optional<std::string> key;       // its private key's file; none: it is in `cert`
    double span_s = 28 * 86'400.0;        // of its history
};

struct HttpSection {
    std::vector<std::string> listen{"127.0.0.1:9464"};  // "host:port", "[::1]:9464"
    std::optional<std::string> external_url;
    std::optional<std::string> web_config;  // TLS, users, headers: http/web_config.h
    bool enable_lifecycle = false;
};

/// Flow records to a collector; nothing leaves without one.
struct IpfixSection {
    enum class Flows : uint8_t { kBidirectional, kOneWay };
    std::optional<std::string> collector;  // "udp://host:4739", see ipfix/collector.h
    Flows flows = Flows::kBidirectional;
    uint32_t unanswered_one_in = 1;  // conversations that nobody answered; 1: all
    uint32_t hostile_one_in = 1;     // those that inspection calls hostile
    uint32_t ipv4_bits = 32;         // kept of addresses
    uint32_t ipv6_bits = 128;
    uint32_t queue_records = 1u << 17;  // of a worker
    double templates_s = 60;            // sent anew so often
    uint32_t domain = 1;                // observation domain id
    std::optional<std::string> cacert;  // of TLS: files
    std::optional<std::string> cert;
    std::optional<std::string> key;
};

struct ExportSection {
    enum class Origins : uint8_t { kVolume, kRatio, kOff };
    uint32_t top_origins = 500;
    Origins origins = Origins::kVolume;
    uint32_t max_series = 15000;
    IpfixSection ipfix;
};

/// What becomes of an incident that somebody may be told of.
enum class IncidentEvent : uint8_t { kOpened, kChanged, kClosed };

struct WebhookSection {
    std::string url;                         // may hold secrets: user, path, query
    std::optional<std::string> secret_file;  // its first line signs what is sent; none: unsigned
    std::vector<IncidentEvent> events{IncidentEvent::kOpened, IncidentEvent::kClosed};
    int line = 0;  // where it stands in the file, for messages
};

/// Whom lull itself tells of incidents.
struct NotifySection {
    std::vector<WebhookSection> webhooks;
};

struct ClockSection {
    double scale = 1;                 // scenario seconds per wall second, at most 1000
    std::optional<int64_t> epoch_ns;  // scenario time …
    std::optional<int64_t> at_ns;     // … at this wall time; both since 1970, both or none
};

struct LogSection {
    enum class Level : uint8_t { kTrace, kDebug, kInfo, kWarning, kError };
    enum class Format : uint8_t { kText, kJson };
    Level level = Level::kInfo;
    Format format = Format::kText;
};

/// Where something stands in a file; both count from 1, 0 is "nowhere".
struct Place {
    int line = 0;
    int column = 0;
    bool operator==(const Place&) const = default;
};

struct InspectFiles;  // inspect/inspect_files.h

struct Config {
    std::string site = "lull";
    DpdkSection dpdk;
    std::vector<PortSection> ports;
    OriginsSection origins;
    RoutesSection routes;
    FlowsSection flows;
    InspectSection inspect;
    DetectSection detect;
    StoreSection store;
    LearnFromSection learn_from;
    HttpSection http;
    ExportSection exports;
    NotifySection notify;
    ClockSection clock;
    LogSection log;
    Calendar calendar;   // what detect.calendar names; by load_config() alone
    MemberList members;  // what origins.members names; likewise
    std::shared_ptr<const InspectFiles> inspected;  // what inspect names; null: neither
    std::string path;  // the file it came from; "" for the built-in default
    /// Where each key that was set stands, by its path ("ports[0].device").
    std::map<std::string, Place> places;
};

/// "lull.yaml:31:9" for a key's path; the file alone if the key was not set.
std::string where(const Config& config, const std::string& key_path);

/// Every problem found, in the order of the file; never empty.
struct ConfigErrors {
    std::vector<std::string> problems;  // "lull.yaml:31:9: ports[0].cores: …"
    [[nodiscard]] Error as_error() const;
};

/// Whether a two-letter code is a country of today (find_country in operation).
using CountryKnown = std::function<bool(std::string_view)>;

tl::expected<Config, ConfigErrors> load_config(const std::string& path);
tl::expected<Config, ConfigErrors> parse_config(const std::string& text, const std::string& path);
tl::expected<Config, ConfigErrors> parse_config(const std::string& text, const std::string& path,
                                                const CountryKnown& country_known);

}  // namespace lull
