#include "control/origins/why.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "control/origins/gather.h"

namespace lull {
namespace {

bool holds_any(const IpPrefix& prefix, const std::vector<IpPrefix>& addresses) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&prefix](const IpPrefix& each) { return contains(prefix, each); });
}

/// Walks from the widest prefix around an address to the most specific one, and remembers who spoke
/// last of what.
class Witness {
  public:
    Witness(const SourcesAgain& again, const IpPrefix& address) : again_(again) {
        for (const PrefixRecord& record : again.input.prefixes) {
            // As in a build, a default route says nothing.
            if (record.prefix.length > 0 && contains(record.prefix, address)) {
                records_.push_back(record);
            }
        }
        std::stable_sort(records_.begin(), records_.end(),
                         [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
        for (const PrefixOverride& rule : again.input.overrides.prefixes) {
            if (contains(rule.prefix, address)) rules_.push_back(&rule);
        }
    }

    Why testify() {
        auto rule = rules_.begin();
        for (std::size_t first = 0, end = 0; first < records_.size(); first = end) {
            const IpPrefix& prefix = records_[first].prefix;
            for (; rule != rules_.end() && (*rule)->prefix < prefix; ++rule) step({}, *rule);
            while (end < records_.size() && records_[end].prefix == prefix) ++end;
            const bool ruled = rule != rules_.end() && (*rule)->prefix == prefix;
            step(std::span(records_).subspan(first, end - first), ruled ? *rule : nullptr);
            if (ruled) ++rule;
        }
        for (; rule != rules_.end(); ++rule) step({}, *rule);
        return verdict();
    }

  private:
    void step(std::span<const PrefixRecord> records, const PrefixOverride* rule) {
        hear(heard_, records, rule == nullptr ? nullptr : &rule->rule);
        if (rule != nullptr) {
            if (rule->rule.asn) why_.asn_rule = rule->prefix;
            if (rule->rule.country) why_.country_rule = rule->prefix;
            if (rule->rule.prefix_class) why_.class_rule = rule->prefix;
        }
        for (const PrefixRecord& record : records) note(record);
    }

    void note(const PrefixRecord& record) {
        const Said said{again_.files[record.file], record.prefix};
        SourceSays& says = says_[said.file];
        const bool is_feed = record.kind == SourceKind::kGeofeed;
        if (record.asn != 0 && !is_feed) {
            says.asn = record.asn;
            says.asn_prefix = record.prefix;
            why_.asn_by = said;
        }
        if (record.country) {
            says.country = record.country;
            says.country_prefix = record.prefix;
            says.foreign = is_feed && !speaks_for(heard_, record);
            if (!says.foreign) countries_[record.kind] = said;
        }
        if (record.states_class && record.prefix_class == heard_.prefix_class) {
            why_.class_by = said;
        }
    }

    Why verdict() {
        const Decision& now = why_.now = decide(heard_, again_.input.overrides);
        if (now.asn_by != Decider::kSource) why_.asn_by.reset();
        if (now.class_by != Decider::kSource) why_.class_by.reset();
        if (now.country_by == Decider::kSource || now.country_by == Decider::kCountryRule) {
            why_.country_by = countries_.at(now.country_source);
        }
        for (auto& [file, says] : says_) {
            says.file = file;
            why_.says.push_back(says);
        }
        return std::move(why_);
    }

    const SourcesAgain& again_;
    std::vector<PrefixRecord> records_;         // that hold the address, the widest first
    std::vector<const PrefixOverride*> rules_;  // likewise
    Statements heard_;
    std::map<SourceKind, Said> countries_;  // who spoke last, by kind
    std::map<uint16_t, SourceSays> says_;   // by file
    Why why_;
};

}  // namespace

Result<SourcesAgain> read_again(const OriginTable& table, const std::vector<IpPrefix>& addresses) {
    SourcesAgain again;
    Progress progress;
    Gatherer gatherer(progress);
    std::vector<uint16_t> readable;
    for (const TableSource& source : table.sources) {
        SourceAgain read{source, SourceAgain::State::kSame, ""};
        const auto kind = find_source_kind(source.kind);
        auto added = kind ? gatherer.add({*kind, source.path})
                          : failed("{}: a {} cannot be read again", source.path, source.kind);
        if (added) {
            readable.push_back(static_cast<uint16_t>(again.sources.size()));
        } else {
            read.state = SourceAgain::State::kUnreadable;
            read.problem = std::move(added.error().message);
        }
        again.sources.push_back(std::move(read));
    }
    auto gathered = gatherer.finish();
    if (!gathered) return tl::unexpected(std::move(gathered.error()));
    again.input = std::move(gathered->input);
    again.files = std::move(readable);
    for (std::size_t i = 0; i < again.files.size(); ++i) {
        SourceAgain& source = again.sources[again.files[i]];
        if (source.then.sha256 != again.input.sources[i].sha256) {
            source.state = SourceAgain::State::kChanged;
        }
    }
    std::erase_if(again.input.prefixes, [&addresses](const PrefixRecord& record) {
        return !holds_any(record.prefix, addresses);
    });
    return again;
}

Why explain(const SourcesAgain& again, const IpPrefix& address) {
    return Witness(again, address).testify();
}

}  // namespace lull
