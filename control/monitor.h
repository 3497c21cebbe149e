// The one way a fact takes: snapshot -> aggregate -> health -> detector -> view. Shared by `lull
// run` and `lull replay`, so that both give the same verdicts. Pure: time comes in with the calls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/aggregate.h"
#include "control/config/config.h"
#include "control/day_volumes.h"
#include "control/detect.h"
#include "control/exported_origins.h"
#include "control/health.h"
#include "control/inspect/inspection.h"
#include "control/members/member_traffic.h"
#include "control/origins/directory.h"
#include "control/seen_networks.h"
#include "control/series.h"
#include "control/table_shift.h"
#include "control/view.h"
#include "dataplane/snapshot.h"

namespace lull {

/// The ports and groups that a configuration asks for, in the order of the engine.
struct Layout {
    std::vector<GroupConfig> groups;
    std::vector<PortConfig> ports;
};
/// Ports that name no group are a group of their own.
Layout layout_of(const Config& config);
uint32_t workers_of(const Layout& layout);

struct MonitorSettings {
    std::string site = "lull";
    DetectorSettings detector;
    Calendar calendar;
    uint32_t top_origins = 500;
    bool export_origins = true;
    SourcesSpan sources_span = SourcesSpan::kLastMinute;
};
MonitorSettings monitor_settings(const Config& config);

class Monitor {
  public:
    Monitor(MonitorSettings settings, const Layout& layout, const Directory& directory);

    /// A new table generation, published to the engine just now, and what it moves.
    void adopt(const Directory& directory, TableShift shift);
    // ---- members of the exchange (monitor_members.cpp); each map is for the engine ----
    /// Told apart from now on as the configuration says. The map; null where they are not. Refused
    /// as MemberBook::adopt(), with nothing changed.
    Result<std::unique_ptr<MemberMap>> tell_members(const Config& config);
    /// Where they are learned: the map with what was seen since the last call; null: nothing new.
    std::unique_ptr<MemberMap> learned_members();
    // ---- inspection of first payloads ----
    /// What is in force from now on, published to the engine just now.
    void inspect(const Config& config, InspectBooks books) {
        inspection_.adopt(config, std::move(books));
    }
    [[nodiscard]] const InspectBooks& inspect_books() const { return inspection_.books(); }
    /// What a new table is weighed with (table_shift.h).
    [[nodiscard]] const SeenNetworks& seen() const { return seen_; }
    [[nodiscard]] std::vector<double> rates() const;
    /// New detector and export settings, from the next tick on.
    void reconfigure(MonitorSettings settings);
    /// Has the detector learn from a history, before the first tick: with several port groups,
    /// which a history does not tell apart, the days of countries alone. Incidents that ended in it
    /// are not told.
    void teach(const Series& history);
    /// What is known of routing from now on.
    void hear(const WitnessView& witness) { witness_ = witness; }
    /// Adds what the workers counted since the last snapshot.
    void add(const Snapshot& snapshot);
    /// Closes the tick [start, start + seconds) of scenario time and judges it. A tick that control
    /// itself closed too late holds more than its time: it is missing.
    enum class Closed : uint8_t { kInTime, kLate };
    void end_tick(int64_t start_ns, double seconds, Closed closed = Closed::kInTime);
    /// Forgets the open tick, which would have begun at `start_ns`, but for what befell the
    /// devices: what came in it stays in totals, and the detector sees a gap.
    void drop_tick(int64_t start_ns, double seconds);
    /// What is known now. `all_origins`: every origin seen, for replay's report.
    enum class OriginChoice : uint8_t { kExported, kAll };
    [[nodiscard]] View view(OriginChoice choice);

    [[nodiscard]] const Detector& detector() const { return detector_; }
    /// What the last tick saw; before the first it has no groups.
    [[nodiscard]] const TickFacts& last_tick() const { return last_tick_; }
    /// What the detector is set to, and a number that rises whenever that changes.
    [[nodiscard]] const DetectorSettings& detector_settings() const { return settings_.detector; }
    [[nodiscard]] const std::vector<uint32_t>& networks() const { return networks_; }
    [[nodiscard]] uint64_t settings_version() const { return settings_version_; }
    /// What became of expectations by new tables since the start, by CountryId; empty: nothing.
    [[nodiscard]] const std::vector<double>& moved() const { return moved_; }
    [[nodiscard]] const Aggregate& aggregate() const { return aggregate_; }
    /// What the detector has learned, and back, before the first tick (see Detector); the incidents
    /// of an earlier run are no news and are not counted again.
    [[nodiscard]] std::vector<uint8_t> save() const;
    Result<Detector::Restored> restore(std::span<const uint8_t> state);
    void adopt(std::vector<Incident> incidents, uint64_t last_id);
    /// Maintenance that was announced, beside the calendar's, in place of what was before; from the
    /// next tick on.
    void announce(std::vector<Maintenance> windows);
    [[nodiscard]] std::vector<std::string> group_names() const;
    /// The group of a port; "" where no port has that name.
    [[nodiscard]] std::string group_of_port(std::string_view name) const;
    [[nodiscard]] int64_t tick_end_ns() const { return tick_end_ns_; }  // of the last; 0: none yet
    /// An operator's words on an incident (see Detector); what they end is news.
    Detector::Word acknowledge(uint64_t id, Remark remark);
    Detector::Word annotate(uint64_t id, Remark remark);
    Detector::Word close(uint64_t id, const Remark& why);
    /// Sentences for the log, since the last call: incidents, health changes.
    std::vector<std::string> take_news();

  private:
    void add_port(std::size_t index, const PortDelta& delta);
    void mark_calendar(TickFacts& facts);
    void mark_routing(TickFacts& facts) const;
    void mark_members(TickFacts& facts);
    void keep_unusual_members();
    void add_members(const Snapshot& snapshot);
    void show_members(View& view) const;
    void name_members();
    void judge_groups(std::vector<GroupFacts>& groups, double seconds, Closed closed);
    template <typename Sensor>
    void note_health(Sensor& sensor, const PortHealth& health);
    void note_incidents();
    void keep_parts();
    [[nodiscard]] std::vector<PartView> parts() const;
    void note_networks(const Snapshot& snapshot);
    void note_volumes();

    MonitorSettings settings_;
    Aggregate aggregate_;
    MemberBook member_book_;
    MemberTraffic member_traffic_;
    enum class Members : uint8_t { kNone, kListed, kLearned };
    Members members_told_ = Members::kNone;
    Inspection inspection_;
    std::vector<MacNumber> unknown_macs_;  // seen lately, each once, the newest last
    SeenNetworks seen_;
    Detector detector_;
    std::vector<uint32_t> networks_;
    uint64_t settings_version_ = 1;
    std::vector<double> moved_;
    TickFacts last_tick_;
    std::vector<PortView> ports_;
    std::vector<uint32_t> port_group_;
    std::vector<PortDelta> tick_;  // what each port did in the open tick
    std::vector<PortWatch> watches_;
    std::vector<GroupView> groups_;
    std::vector<Maintenance> announced_;
    std::vector<std::string> occasions_;  // of the calendar, as last told
    std::vector<GroupWatch> group_watches_;
    struct Living {
        uint64_t all = 0, two_way = 0;
    };
    std::vector<Living> living_;  // conversations of each group in the open tick
    std::vector<WorkerView> workers_;
    TableView table_;
    WitnessView witness_;
    std::shared_ptr<const std::map<uint32_t, std::string>> as_names_;
    int64_t tick_end_ns_ = 0;
    uint64_t version_ = 0;
    std::map<std::string, uint64_t> ticks_;
    std::map<std::string, uint64_t> incidents_total_;
    std::unordered_map<uint64_t, std::string> known_incidents_;  // id -> last state told
    std::vector<std::string> news_;
    DayVolumes day_volumes_;
    ExportedOrigins exported_origins_;
    std::shared_ptr<const std::vector<CountryTraffic>> traffic_behind_;
    std::shared_ptr<const SeenSample> seen_sample_;  // of the last tick, once somebody looks
};

}  // namespace lull
