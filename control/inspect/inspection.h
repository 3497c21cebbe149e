// What inspection finds, as control keeps it: the files that configure it, compiled for the engine;
// totals by label and site, which only grow; what floods a country; whether sites still answer.
// Part of the monitor; pure but for load_inspected().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/facts.h"
#include "control/inspect/inspect_files.h"
#include "control/inspect/site_watch.h"
#include "dataplane/inspect/inspect_set.h"
#include "dataplane/snapshot.h"

namespace lull {

/// Numbers of labels and sites, for the life of the process.
struct InspectBooks {
    SignatureBook labels;
    SiteBook sites;
};

/// What the configuration asks for, for an engine of so many workers; null: inspection is off. Half
/// a second for 200 patterns. Refused: as InspectSet::build(), with the books as before.
Result<std::unique_ptr<InspectSet>> build_inspection(const Config& config, uint32_t workers,
                                                     InspectBooks& books);

/// Since start.
struct LabelTotals {
    std::string name;
    SignatureClass sort = SignatureClass::kService;
    std::string reference;
    bool listed = false;  // by the file that is in force
    LabelCounts counts;
    int64_t last_ns = 0;  // end of the last tick with a flow of it; 0: none yet
};
struct SiteTotals {
    std::string name;
    std::string country;  // "": none
    std::string note;
    bool exported = false;
    bool listed = false;
    SiteCounts counts;
    SiteWatch watch;
};
/// IP bytes of labelled flows that a country's addresses sent and received since start, by
/// SignatureClass: its noise beside its own life.
struct ClassBytes {
    static constexpr std::size_t kClasses = 4;
    std::array<uint64_t, kClasses> sent{}, received{};
};
/// Names that were read, and flows by each; where all are wanted.
using NameTotals = std::array<std::map<std::string, uint64_t>, kNameKinds>;

/// What a view shows of it.
struct InspectView {
    bool on = false;
    bool signatures = false;
    bool sites_named = false;
    bool all_names = false;
    uint64_t looks = 0;           // payloads that were looked into
    uint64_t names_left_out = 0;  // no place for them
    std::vector<LabelTotals> labels;
    std::vector<SiteTotals> sites;
    std::vector<ClassBytes> by_country;  // by CountryId; empty: nothing was labelled
    std::shared_ptr<const NameTotals> names;
};

class Inspection {
  public:
    /// What is in force from now on; the books as build_inspection() left them.
    void adopt(const Config& config, InspectBooks books);
    [[nodiscard]] const InspectBooks& books() const { return books_; }

    void add(const Snapshot& snapshot);
    /// Labelled bytes of the open tick into `facts`, the silence tests of sites; the next tick
    /// begins at nothing. kNotAll: a port group was not healthy, or its payloads were not looked
    /// into for want of time.
    enum class Seen : uint8_t { kAll, kNotAll };
    void close_tick(TickFacts& facts, Seen seen);
    [[nodiscard]] InspectView view() const;
    /// Sentences for the log, since the last call: sites that fell silent and came back.
    std::vector<std::string> take_news();

    /// What sites have been learned to do, by name; and back.
    [[nodiscard]] std::vector<uint8_t> save() const;
    Result<void> restore(std::span<const uint8_t> bytes);

  private:
    void tell_noise(TickFacts& facts);
    void note_class(const LabelPairDelta& delta);
    void watch_sites(int64_t end_ns, double seconds, Seen seen);

    struct OpenSite {
        uint64_t answered = 0, asked = 0;
    };
    /// Names that no site has, at most.
    static constexpr std::size_t kMostNames = 200'000;

    InspectBooks books_;
    bool on_ = false, signatures_ = false, sites_named_ = false, all_names_ = false;
    std::vector<LabelCounts> labels_;       // by LabelId
    std::vector<ClassBytes> by_country_;    // by CountryId
    std::vector<int64_t> label_last_ns_;    // likewise
    std::vector<uint16_t> touched_labels_;  // in the open tick
    std::vector<SiteCounts> sites_;         // by SiteId
    std::vector<OpenSite> open_sites_;      // likewise
    std::vector<SiteWatch> watches_;        // likewise
    std::vector<bool> told_silent_;         // likewise
    std::map<uint64_t, uint64_t> open_;     // InspectCounts::pair_key -> bytes of the open tick
    std::map<std::string, SiteWatch> restored_;  // by name, until its site is named
    NameTotals names_;
    uint64_t looks_ = 0, names_left_out_ = 0;
    std::vector<std::string> news_;
};

}  // namespace lull
