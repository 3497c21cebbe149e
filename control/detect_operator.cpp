// An operator's words on incidents. Only closing changes what the detector thinks: the operator
// knows that what it sees is the new normal, and it forgets what it expected.
#include <fmt/format.h>

#include <algorithm>

#include "control/detect_impl.h"

namespace lull {

namespace {

std::string closing(const Remark& why) {
    return fmt::format("closed by hand{}{}: {}", why.by.empty() ? "" : ", by ", why.by, why.text);
}

}  // namespace

void Detector::name_member(uint64_t id, std::string name) {
    if (Incident* incident = impl_->ledger.find(id)) {
        incident->member_name = std::move(name);
    }
}

Detector::Word Detector::acknowledge(uint64_t id, Remark remark) {
    Incident* incident = impl_->ledger.find(id);
    if (incident == nullptr || incident->end_ns) {
        return incident == nullptr ? Word::kUnknown : Word::kOver;
    }
    incident->acknowledged = std::move(remark);
    return Word::kTaken;
}

Detector::Word Detector::annotate(uint64_t id, Remark remark) {
    Incident* incident = impl_->ledger.find(id);
    if (incident == nullptr) {
        return Word::kUnknown;
    }
    if (incident->notes.size() >= Ledger::kNotesKept) {
        return Word::kFull;
    }
    incident->notes.push_back(std::move(remark));
    return Word::kTaken;
}

void Detector::Impl::end_as_normal(uint64_t id, const std::string& words, int64_t now_ns) {
    Incident* incident = ledger.find(id);
    if (incident == nullptr || incident->end_ns) {
        return;
    }
    Ledger::note_at_last(
        *incident, words + "; what is seen from then on counts as normal and is learned anew");
    Ledger::move(*incident, now_ns, state_name(State::kLearning));
    ledger.close(id, now_ns);
}

void Detector::Impl::accept_present(std::size_t country, const std::string& words, int64_t now_ns) {
    for (const uint64_t own : {tracks[country].incident(), families[country].incident()}) {
        if (own != 0) {
            end_as_normal(own, words, now_ns);
            recurring[country].let_go(own);
        }
    }
    const auto first = baselines.begin() + static_cast<std::ptrdiff_t>(country * groups);
    std::fill(first, first + static_cast<std::ptrdiff_t>(groups), Baseline{});
    learned_s[country] = 0;
    tracks[country].accept_present(now_ns);
    families[country] = FamilyTrack{};
    members[country] = CountryMembers{};
    canaries[country].cut();
    verdicts[country] = tracks[country].verdict();
}

Detector::Word Detector::close(uint64_t id, const Remark& why) {
    Impl& impl = *impl_;
    Incident* incident = impl.ledger.find(id);
    if (incident == nullptr || incident->end_ns) {
        return incident == nullptr ? Word::kUnknown : Word::kOver;
    }
    const bool of_site = impl.site.incident() == id;
    const std::string with_it = fmt::format("ended with incident {}, by hand", id);
    for (const CountryId its : impl.member_track.let_go(id)) {
        impl.accept_present(index_of(its), with_it, why.time_ns);
    }
    const std::vector<uint64_t> parts = impl.regional.let_go(id);
    const auto is_its = [&](uint64_t own) {
        return own == id || std::find(parts.begin(), parts.end(), own) != parts.end();
    };
    impl.end_as_normal(id, closing(why), why.time_ns);
    for (std::size_t country = 0; country < impl.size(); ++country) {
        if (impl.squeezes[country].incident() == id) {
            impl.squeezes[country].let_go();
        }
        impl.recurring[country].let_go(id);
        const uint64_t own = impl.tracks[country].incident();
        const uint64_t of_family = impl.families[country].incident();
        if (is_its(own) || is_its(of_family) || (of_site && own == 0 && of_family == 0)) {
            impl.accept_present(country, with_it, why.time_ns);
        }
    }
    if (of_site) {
        impl.site.let_go();
        std::fill(impl.low_s.begin(), impl.low_s.end(), 0);
    }
    return Word::kTaken;
}

}  // namespace lull
