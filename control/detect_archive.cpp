// What the detector knows as bytes and back (archive.h):
//
//   "LULD"  format  tick_s  group names  what is not of one country  number of countries
//   and for each: its code, and its part: track, day profile, a baseline for each group,
//   the 28 days of hours, the series, the parts, routing, the members, the floods.
//
// A country's part is read on its own: one that makes no sense costs that country's learning alone.
#include <algorithm>

#include "control/archive.h"
#include "control/detect_impl.h"
#include "control/saved_state.h"

namespace lull {
namespace {

constexpr uint32_t kMagic = 0x444c554c;  // "LULD"
/// Rises whenever old bytes can no longer be read as archive.h says; learning then begins anew.
constexpr uint32_t kFormat = 1;
constexpr uint32_t kMostCountries = 1024;
constexpr std::size_t kMostNameBytes = 256;

/// One country: where its values are, and for each group in the bytes the group here, if any.
struct CountryPart {
    Detector::Impl& impl;
    std::size_t country;
    std::span<const std::optional<std::size_t>> groups;

    void fields(auto& archive) {
        archive(impl.learned_s[country], impl.profile[country], impl.tracks[country],
                impl.days[country]);
        for (const std::optional<std::size_t>& group : groups) {
            Baseline gone;
            archive(group ? impl.baselines[country * impl.groups + *group] : gone);
        }
        archive(impl.squeezes[country], impl.recurring[country]);
        // Where one family carries all there is nothing to keep, and it is half of the bytes.
        bool both = impl.families[country].has_both();
        archive(both);
        if (both) {
            archive(impl.families[country]);
        }
        archive(impl.parts[country], impl.routes[country], impl.members[country]);
        const auto noisy = impl.noise.find(country);
        bool flooded = noisy != impl.noise.end() && !noisy->second.empty();
        archive(flooded);
        if (flooded) {
            archive(impl.noise[country]);
        }
    }
};

std::optional<std::size_t> index_of_code(const std::string& code) {
    if (code == country(kCountryUnknown).code) {
        return index_of(kCountryUnknown);
    }
    const std::optional<CountryId> id = find_country(code);
    return id ? std::optional<std::size_t>(index_of(*id)) : std::nullopt;
}

struct Head {
    double tick_s = 0;
    std::vector<std::string> groups;
};

Result<Head> read_head(ArchiveReader& archive) {
    uint32_t magic = 0, format = 0, count = 0;
    archive(magic, format);
    if (archive.failed() || magic != kMagic) {
        return refused("this is not a detector's state");
    }
    if (format != kFormat) {
        return refused("a detector's state of format {}, this lull reads {}", format, kFormat);
    }
    Head head;
    archive(head.tick_s, count);
    for (uint32_t i = 0; i < std::min(count, kMostGroups) && !archive.failed(); ++i) {
        archive.text(head.groups.emplace_back(), kMostNameBytes);
    }
    return head;
}

/// For each group named in the bytes its place among `names`.
std::vector<std::optional<std::size_t>> places_of(const std::vector<std::string>& groups,
                                                  std::span<const std::string> names) {
    std::vector<std::optional<std::size_t>> places;
    for (const std::string& name : groups) {
        const auto found = std::find(names.begin(), names.end(), name);
        places.push_back(found == names.end() ? std::nullopt
                                              : std::optional<std::size_t>(found - names.begin()));
    }
    return places;
}

/// Of what is kept by group: what of it is of a group here.
std::vector<double> placed(const std::vector<double>& of_groups,
                           std::span<const std::optional<std::size_t>> places, std::size_t count,
                           double otherwise) {
    std::vector<double> found(count, otherwise);
    for (std::size_t i = 0; i < std::min(of_groups.size(), places.size()); ++i) {
        if (places[i]) {
            found[*places[i]] = of_groups[i];
        }
    }
    return found;
}

// Whoever has no part, or one that makes no sense, is as it was: it learns anew.
Detector::Restored read_countries(ArchiveReader& archive, Detector::Impl& impl,
                                  std::span<const std::optional<std::size_t>> groups) {
    Detector::Restored restored;
    uint32_t count = 0;
    archive(count);
    for (uint32_t i = 0; i < std::min(count, kMostCountries) && !archive.failed(); ++i) {
        std::string code;
        archive.text(code, kMostNameBytes);
        ArchiveReader part(archive.object(), ArchiveReader::Short::kLeavesFields);
        const std::optional<std::size_t> country = index_of_code(code);
        if (archive.failed() || !country || *country >= impl.size()) {
            continue;
        }
        const auto first =
            impl.baselines.begin() + static_cast<std::ptrdiff_t>(*country * impl.groups);
        const CountryTrack track = impl.tracks[*country];
        CountryPart{impl, *country, groups}.fields(part);
        if (part.failed()) {
            impl.tracks[*country] = track;
            impl.learned_s[*country] = 0;
            impl.profile[*country] = 1;
            impl.days[*country] = DayProfile{};
            impl.families[*country] = FamilyTrack{};
            impl.squeezes[*country] = SlowSqueeze{};
            impl.recurring[*country] = Recurring{};
            impl.parts[*country] = CountryParts{};
            impl.members[*country] = CountryMembers{};
            impl.routes[*country] = RoutingTrack{};
            impl.noise.erase(*country);
            std::fill(first, first + static_cast<std::ptrdiff_t>(impl.groups), Baseline{});
            ++restored.refused;
            continue;
        }
        impl.verdicts[*country] = impl.tracks[*country].verdict();
        ++restored.countries;
    }
    return restored;
}

}  // namespace

std::vector<uint8_t> Detector::save(std::span<const std::string> groups) const {
    Impl& impl = *impl_;  // writing changes nothing
    ArchiveWriter archive;
    uint32_t magic = kMagic, format = kFormat;
    archive(magic, format, impl.settings.tick_s);
    auto group_count = static_cast<uint32_t>(std::min(groups.size(), impl.groups));
    archive(group_count);
    std::vector<std::optional<std::size_t>> all;
    for (std::size_t group = 0; group < group_count; ++group) {
        archive.text(groups[group]);
        all.emplace_back(group);
    }
    auto count = static_cast<uint32_t>(std::min(impl.size(), countries().size()));
    archive(impl, count);
    for (std::size_t country = 0; country < count; ++country) {
        archive.text(std::string(countries()[country].code));
        CountryPart part{impl, country, all};
        archive(part);
    }
    return archive.take();
}

Result<Detector::Restored> Detector::restore(std::span<const uint8_t> bytes,
                                             std::span<const std::string> groups) {
    ArchiveReader archive(bytes);
    const auto head = read_head(archive);
    if (!head) {
        return tl::unexpected(head.error());
    }
    Detector fresh(impl_->settings, impl_->networks, impl_->groups, impl_->utc_offset, impl_->code);
    Impl& impl = *fresh.impl_;
    const double threshold = impl.threshold;
    const auto own = places_of(head->groups, groups.first(std::min(groups.size(), impl.groups)));
    archive(impl);
    impl.low_s = placed(impl.low_s, own, impl.groups, 0);
    impl.pooled_day = placed(impl.pooled_day, own, impl.groups, 1);
    const Restored restored = read_countries(archive, impl, own);
    if (archive.failed() || !(impl.threshold > 0)) {
        return refused("a detector's state that is cut or damaged");
    }
    for (CountryTrack& track : impl.tracks) {
        track.scale_evidence(threshold / impl.threshold);  // another budget, as in reconfigure()
        if (head->tick_s != impl.settings.tick_s) {
            track.gap();
        }
    }
    for (std::size_t country = 0; country < impl.size(); ++country) {
        impl.families[country].scale(threshold / impl.threshold);
        impl.families[country].resume();
        impl.tracks[country].resume(impl.families[country].standing());
    }
    impl.threshold = threshold;
    impl_ = std::move(fresh.impl_);
    return restored;
}

void Detector::learn_days(const Detector& other) {
    for (std::size_t country = 0; country < std::min(impl_->size(), other.impl_->size());
         ++country) {
        impl_->days[country] = other.impl_->days[country];
        // One in the middle of a squeeze speaks of an incident that is not known here.
        if (other.impl_->squeezes[country].incident() == 0) {
            impl_->squeezes[country] = other.impl_->squeezes[country];
        }
    }
    impl_->hour_ns = other.impl_->hour_ns;
    impl_->profile_slot = -1;  // the days are to be asked anew
}

Result<SavedState> describe_state(std::span<const uint8_t> bytes) {
    ArchiveReader archive(bytes);
    const auto head = read_head(archive);
    if (!head) {
        return tl::unexpected(head.error());
    }
    SavedState saved{head->tick_s, head->groups, 0};
    (void)archive.object();  // what is not of one country
    uint32_t count = 0;
    archive(count);
    for (uint32_t i = 0; i < std::min(count, kMostCountries) && !archive.failed(); ++i) {
        std::string code;
        archive.text(code, kMostNameBytes);
        (void)archive.object();
        ++saved.countries;
    }
    if (archive.failed()) {
        return refused("a detector's state that is cut or damaged");
    }
    return saved;
}

void Detector::adopt(std::vector<Incident> incidents, uint64_t last_id) {
    const auto followed = [this](const Incident& incident) {
        const auto follows = [&](const auto& each) { return each.incident() == incident.id; };
        return follows(impl_->site) || impl_->member_track.follows(incident.id) ||
               impl_->regional.follows(incident.id) ||
               std::any_of(impl_->tracks.begin(), impl_->tracks.end(), follows) ||
               std::any_of(impl_->families.begin(), impl_->families.end(), follows) ||
               std::any_of(impl_->squeezes.begin(), impl_->squeezes.end(), follows) ||
               std::any_of(impl_->recurring.begin(), impl_->recurring.end(),
                           [&](const Recurring& each) { return each.follows(incident.id); });
    };
    for (Incident& incident : incidents) {
        if (!incident.end_ns && !followed(incident)) {
            incident.end_ns = std::max(incident.last_verified_ns, incident.start_ns);
            Ledger::note(incident,
                         "not followed to its end: lull was started without what it had learned");
        }
    }
    impl_->ledger.adopt(std::move(incidents), last_id);
}

}  // namespace lull
