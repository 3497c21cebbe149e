#include "control/inspect/inspection.h"

#include <algorithm>

#include "control/archive.h"
#include "control/time_text.h"

namespace lull {

namespace {

constexpr uint32_t kSitesMagic = 0x7374696c, kSitesFormat = 1;  // "lits"

// Areas are countries in every generation: area = country + 1.
CountryId country_of(uint16_t area) {
    const std::size_t id = area == 0 ? index_of(kCountryUnknown) : area - std::size_t{1};
    return id < countries().size() ? static_cast<CountryId>(id) : kCountryUnknown;
}

template <typename Entry>
Entry& at(std::vector<Entry>& list, std::size_t id) {
    if (list.size() <= id) {
        list.resize(id + 1);
    }
    return list[id];
}

}  // namespace

Result<std::unique_ptr<InspectSet>> build_inspection(const Config& config, uint32_t workers,
                                                     InspectBooks& books) {
    InspectBooks next = books;
    // No file lists nothing: else a site would stay listed that nobody looks for, and fall silent.
    static const InspectFiles kNoFiles;
    const InspectFiles& files = config.inspected != nullptr ? *config.inspected : kNoFiles;
    auto signatures = next.labels.adopt(files.signatures);
    if (!signatures) {
        return tl::unexpected(signatures.error());
    }
    auto sites = next.sites.adopt(files.sites);
    if (!sites) {
        return tl::unexpected(sites.error());
    }
    if (!config.inspect.on()) {
        books = std::move(next);
        return nullptr;
    }
    auto set = InspectSet::build({.signatures = std::move(*signatures),
                                  .sites = std::move(*sites),
                                  .all_names = config.inspect.names == InspectSection::Names::kAll,
                                  .workers = workers});
    if (set) {
        books = std::move(next);
    }
    return set;
}

void Inspection::adopt(const Config& config, InspectBooks books) {
    books_ = std::move(books);
    on_ = config.inspect.on();
    signatures_ = config.inspect.signatures.has_value();
    sites_named_ = config.inspect.sites.has_value();
    all_names_ = on_ && config.inspect.names == InspectSection::Names::kAll;
    told_silent_.resize(books_.sites.entries().size());
    for (std::size_t id = 1; id < books_.sites.entries().size(); ++id) {
        at(watches_, id);
        const auto kept = restored_.find(books_.sites.entries()[id].name);
        if (kept != restored_.end()) {
            watches_[id] = kept->second;
            restored_.erase(kept);
        }
    }
}

void Inspection::add(const Snapshot& snapshot) {
    looks_ += snapshot.payload_looks;
    names_left_out_ += snapshot.names_left_out;
    for (const LabelDelta& delta : snapshot.labels) {
        at(labels_, index_of(delta.label)).add(delta.counts);
        touched_labels_.push_back(index_of(delta.label));
    }
    for (const SiteDelta& delta : snapshot.sites) {
        at(sites_, index_of(delta.site)).add(delta.counts);
        OpenSite& open = at(open_sites_, index_of(delta.site));
        open.answered += delta.counts.answered_flows;
        open.asked += delta.counts.asked_flows;
    }
    for (const GroupDelta& group : snapshot.groups) {
        for (const LabelPairDelta& delta : group.labels) {
            open_[InspectCounts::pair_key(delta.label, delta.from, delta.to)] += delta.counts.bytes;
            note_class(delta);
        }
    }
    for (const NameSeen& seen : snapshot.names) {
        auto& names = names_[static_cast<std::size_t>(seen.kind)];
        const auto known = names.find(seen.name);
        if (known != names.end()) {
            known->second += 1;
        } else if (names.size() < kMostNames) {
            names.emplace(seen.name, 1);
        } else {
            names_left_out_ += 1;
        }
    }
}

void Inspection::note_class(const LabelPairDelta& delta) {
    const auto& entries = books_.labels.entries();
    if (index_of(delta.label) >= entries.size()) {
        return;
    }
    const auto sort = static_cast<std::size_t>(entries[index_of(delta.label)].sort);
    at(by_country_, index_of(country_of(index_of(delta.from)))).sent[sort] += delta.counts.bytes;
    at(by_country_, index_of(country_of(index_of(delta.to)))).received[sort] += delta.counts.bytes;
}

void Inspection::close_tick(TickFacts& facts, Seen seen) {
    const int64_t end_ns = facts.start_ns + static_cast<int64_t>(facts.seconds * 1e9);
    for (const uint16_t label : touched_labels_) {
        at(label_last_ns_, label) = end_ns;
    }
    touched_labels_.clear();
    tell_noise(facts);
    watch_sites(end_ns, facts.seconds, seen);
}

void Inspection::tell_noise(TickFacts& facts) {
    std::map<CountryId, CountryNoise> noisy;
    for (const auto& [key, bytes] : open_) {
        const auto label = static_cast<std::size_t>(key >> 32);
        const CountryId to = country_of(static_cast<uint16_t>(key));
        if (label >= books_.labels.entries().size() || to == kCountryUnknown ||
            books_.labels.entries()[label].sort == SignatureClass::kService) {
            continue;
        }
        CountryNoise& noise = noisy[to];
        noise.country = to;
        noise.labelled.push_back({books_.labels.entries()[label].name,
                                  country_of(static_cast<uint16_t>(key >> 16)),
                                  static_cast<double>(bytes)});
    }
    open_.clear();
    for (auto& [country, noise] : noisy) {
        for (const GroupFacts& group : facts.groups) {
            noise.received_bytes += group.countries[index_of(country)].received_bytes;
        }
        facts.noise.push_back(std::move(noise));
    }
}

void Inspection::watch_sites(int64_t end_ns, double seconds, Seen seen) {
    for (std::size_t id = 1; id < watches_.size(); ++id) {
        const OpenSite open = id < open_sites_.size() ? open_sites_[id] : OpenSite{};
        if (seen != Seen::kAll || !books_.sites.entries()[id].listed) {
            continue;  // what was not seen is no silence
        }
        SiteWatch& watch = watches_[id];
        watch.step(open.answered, open.asked, end_ns, seconds);
        if (watch.silent() != told_silent_[id]) {
            told_silent_[id] = watch.silent();
            news_.push_back(
                watch.silent()
                    ? fmt::format(
                          "site: {} has not answered since {}{}", books_.sites.entries()[id].name,
                          format_time(watch.last_answered_ns()),
                          watch.state() == SiteState::kAsked ? "; its name is still asked for" : "")
                    : fmt::format("site: {} answers again", books_.sites.entries()[id].name));
        }
    }
    open_sites_.clear();
}

InspectView Inspection::view() const {
    InspectView view;
    view.on = on_;
    view.signatures = signatures_;
    view.sites_named = sites_named_;
    view.all_names = all_names_;
    view.looks = looks_;
    view.names_left_out = names_left_out_;
    const auto labels = books_.labels.entries();
    for (std::size_t id = 1; id < labels.size(); ++id) {
        view.labels.push_back({.name = labels[id].name,
                               .sort = labels[id].sort,
                               .reference = labels[id].reference,
                               .listed = labels[id].listed,
                               .counts = id < labels_.size() ? labels_[id] : LabelCounts{},
                               .last_ns = id < label_last_ns_.size() ? label_last_ns_[id] : 0});
    }
    const auto sites = books_.sites.entries();
    for (std::size_t id = 1; id < sites.size(); ++id) {
        view.sites.push_back({.name = sites[id].name,
                              .country = sites[id].country,
                              .note = sites[id].note,
                              .exported = sites[id].exported,
                              .listed = sites[id].listed,
                              .counts = id < sites_.size() ? sites_[id] : SiteCounts{},
                              .watch = watches_[id]});
    }
    view.by_country = by_country_;
    if (all_names_) {
        view.names = std::make_shared<const NameTotals>(names_);
    }
    return view;
}

std::vector<std::string> Inspection::take_news() {
    return std::exchange(news_, {});
}

std::vector<uint8_t> Inspection::save() const {
    ArchiveWriter archive;
    uint32_t magic = kSitesMagic, format = kSitesFormat;
    auto count = static_cast<uint32_t>(watches_.empty() ? 0 : watches_.size() - 1);
    archive(magic, format, count);
    for (std::size_t id = 1; id < watches_.size(); ++id) {
        archive.text(books_.sites.entries()[id].name);
        SiteWatch watch = watches_[id];
        archive(watch);
    }
    return archive.take();
}

Result<void> Inspection::restore(std::span<const uint8_t> bytes) {
    ArchiveReader archive(bytes);
    uint32_t magic = 0, format = 0, count = 0;
    archive(magic, format, count);
    if (archive.failed() || magic != kSitesMagic || format != kSitesFormat || count > kMaxSites) {
        return refused("what was learned of named sites cannot be read");
    }
    for (uint32_t i = 0; i < count && !archive.failed(); ++i) {
        std::string name;
        archive.text(name, kMaxHostNameBytes);
        SiteWatch watch;
        archive(watch);
        restored_[name] = watch;
    }
    return archive.failed() ? Result<void>(refused("what was learned of named sites ends early"))
                            : Result<void>();
}

}  // namespace lull
