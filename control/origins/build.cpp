// One sweep over the sorted prefixes with a stack of those that hold the current one: what the
// sources say is heard on the way down, so each prefix is looked at once.
#include "control/origins/build.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "control/origins/disagreements.h"
#include "control/origins/feed_owner.h"
#include "control/origins/resolve.h"
#include "dataplane/limits.h"

namespace lull {
namespace {

/// A prefix of the table before its origin has a number.
struct Joined {
    IpPrefix prefix;
    Origin origin;
};

/// A prefix of the sources while the sweep is inside it.
struct Level {
    IpPrefix prefix;
    Statements heard;
    std::optional<Origin> in_table;  // what a lookup finds here
    AddressSpace inside;             // of the prefixes directly below
};

auto origin_order(const Origin& origin) {
    return std::tuple(origin.asn, origin.country, origin.prefix_class);
}

/// Leaves out what no table holds, and sorts.
void normalise(std::vector<PrefixRecord>& records, BuildReport& report) {
    std::erase_if(records, [&report](const PrefixRecord& record) {
        const bool is_default = record.prefix.length == 0;
        const bool special = !is_default && is_special(record.prefix);
        report.default_routes += is_default ? 1 : 0;
        report.special += special ? 1 : 0;
        return is_default || special;
    });
    const auto by_prefix = [](const PrefixRecord& a, const PrefixRecord& b) {
        return a.prefix < b.prefix;
    };
    if (!std::is_sorted(records.begin(), records.end(), by_prefix)) {
        std::stable_sort(records.begin(), records.end(), by_prefix);
    }
}

/// How finely such a source cuts its ranges says nothing: the same country again is no prefix.
bool states_country_alone(const PrefixRecord& record) {
    return record.kind == SourceKind::kGeofeed || record.kind == SourceKind::kMmdb ||
           record.kind == SourceKind::kCountryRanges || record.kind == SourceKind::kDelegated;
}

class Joiner {
  public:
    Joiner(BuildInput& input, BuildReport& report) : input_(input), report_(report) {}

    /// Walks records and override rules together, both sorted; a rule for a prefix that no source
    /// knows makes a prefix of its own.
    std::vector<Joined> join() {
        const std::span<const PrefixRecord> records = input_.prefixes;
        joined_.reserve(records.size() + input_.overrides.prefixes.size());
        auto rule = input_.overrides.prefixes.begin();
        const auto last = input_.overrides.prefixes.end();
        for (std::size_t first = 0, end = 0; first < records.size(); first = end) {
            const IpPrefix& prefix = records[first].prefix;
            for (; rule != last && rule->prefix < prefix; ++rule) add(rule->prefix, {}, &*rule);
            while (end < records.size() && records[end].prefix == prefix) ++end;
            const bool ruled = rule != last && rule->prefix == prefix;
            add(prefix, records.subspan(first, end - first), ruled ? &*rule : nullptr);
            if (ruled) ++rule;
            report_.duplicates += end - first - 1;
        }
        for (; rule != last; ++rule) add(rule->prefix, {}, &*rule);
        while (!stack_.empty()) leave();
        return std::move(joined_);
    }

    [[nodiscard]] Disagreements disagreements() const { return counter_.result(); }

  private:
    void add(const IpPrefix& prefix, std::span<const PrefixRecord> records,
             const PrefixOverride* rule) {
        while (!stack_.empty() && !contains(stack_.back().prefix, prefix)) leave();
        Level level;
        if (!stack_.empty()) {
            level.heard = stack_.back().heard;
            level.in_table = stack_.back().in_table;
        }
        level.prefix = prefix;
        hear(level.heard, records, rule == nullptr ? nullptr : &rule->rule);
        for (const PrefixRecord& record : records) {
            if (record.kind != SourceKind::kGeofeed || speaks_for(level.heard, record)) continue;
            if (record.file < input_.sources.size()) ++input_.sources[record.file].rejected;
            ++report_.foreign_feed;
        }
        const Decision decision = decide(level.heard, input_.overrides);
        if (!decision.known) {
            ++report_.nothing_known;
        } else if (level.in_table == decision.origin && rule == nullptr &&
                   std::all_of(records.begin(), records.end(), states_country_alone)) {
            ++report_.redundant;
        } else {
            if (decision.origin.country == kCountryUnknown) ++report_.no_country;
            level.in_table = decision.origin;
            joined_.push_back({prefix, decision.origin});
        }
        stack_.push_back(std::move(level));
    }

    /// The sweep leaves the innermost prefix: what is its own and no deeper one's is known now.
    void leave() {
        const Level& level = stack_.back();
        const AddressSpace space = space_of(level.prefix);
        counter_.add(level.heard, {space.addresses4 - level.inside.addresses4,
                                   space.networks6 - level.inside.networks6});
        stack_.pop_back();
        if (!stack_.empty()) stack_.back().inside += space;
    }

    BuildInput& input_;
    BuildReport& report_;
    std::vector<Level> stack_;  // at most 129 deep: each level is longer than the one above
    std::vector<Joined> joined_;
    DisagreementCounter counter_;
};

/// Numbers the distinct origins in ascending order, so that equal input gives equal ids.
Result<void> number_origins(const std::vector<Joined>& joined, OriginTable& table) {
    const auto less = [](const Origin& a, const Origin& b) {
        return origin_order(a) < origin_order(b);
    };
    std::vector<Origin> distinct;
    distinct.reserve(joined.size());
    for (const Joined& each : joined) distinct.push_back(each.origin);
    std::sort(distinct.begin(), distinct.end(), less);
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    if (distinct.size() > kMaxOrigins - kFirstTableOrigin) {
        return refused(
            "{} origins (distinct AS, country and class) are more than the {} that ids "
            "of 17 bits can name; leave a source out",
            distinct.size(), kMaxOrigins - kFirstTableOrigin);
    }
    table.origins.reserve(distinct.size() + std::size_t{kFirstTableOrigin});
    table.origins.resize(kFirstTableOrigin);
    table.origins.insert(table.origins.end(), distinct.begin(), distinct.end());
    return {};
}

void add_routes(const std::vector<Joined>& joined, OriginTable& table) {
    const auto first = table.origins.begin() + kFirstTableOrigin;
    for (const Joined& each : joined) {
        const auto found = std::lower_bound(
            first, table.origins.end(), each.origin,
            [](const Origin& a, const Origin& b) { return origin_order(a) < origin_order(b); });
        const OriginId id{static_cast<uint32_t>(found - table.origins.begin())};
        if (each.prefix.family == Family::kIpv4) {
            table.routes4.push_back(to_route4(each.prefix, id));
        } else {
            table.routes6.push_back(to_route6(each.prefix, id));
        }
    }
}

/// Names of the table's own AS numbers only: the others could never be asked for.
void add_names(BuildInput& input, OriginTable& table) {
    for (const AsnOverride& rule : input.overrides.asns) {
        if (!rule.name.empty()) input.as_names[rule.asn] = rule.name;
    }
    for (const Origin& origin : table.origins) {
        if (auto name = input.as_names.extract(origin.asn); !name.empty()) {
            if (origin.asn != 0) table.as_names.insert(table.as_names.end(), std::move(name));
        }
    }
}

/// Only of prefixes that the table has, sorted and each once.
void add_withdrawn(BuildInput& input, const std::vector<Joined>& joined, OriginTable& table) {
    auto& routes = input.withdrawn;
    const auto by_prefix = [](const auto& a, const auto& b) { return a.prefix < b.prefix; };
    std::stable_sort(routes.begin(), routes.end(), by_prefix);
    for (const WithdrawnRoute& route : routes) {
        const auto found = std::lower_bound(
            joined.begin(), joined.end(), route.prefix,
            [](const Joined& each, const IpPrefix& wanted) { return each.prefix < wanted; });
        if (found == joined.end() || found->prefix != route.prefix) continue;
        if (!table.withdrawn.empty() && table.withdrawn.back().prefix == route.prefix) {
            table.withdrawn.back() = route;
        } else {
            table.withdrawn.push_back(route);
        }
    }
}

Result<void> check_sizes(const OriginTable& table) {
    if (table.routes4.empty() && table.routes6.empty()) {
        return refused("no prefixes are left: every address would be unmatched; check the sources");
    }
    if (table.routes4.size() > kMaxRoutes4 || table.routes6.size() > kMaxRoutes6) {
        return refused("{} IPv4 and {} IPv6 prefixes are more than lull takes ({} and {})",
                       table.routes4.size(), table.routes6.size(), kMaxRoutes4, kMaxRoutes6);
    }
    return {};
}

}  // namespace

Result<BuiltTable> build_table(BuildInput input) {
    BuiltTable built;
    normalise(input.prefixes, built.report);
    if (auto found = find_feed_owners(input.prefixes, input.sources); !found) {
        return tl::unexpected(std::move(found.error()));
    }
    Joiner joiner(input, built.report);
    const std::vector<Joined> joined = joiner.join();
    built.table.disagreements = joiner.disagreements();
    auto result = number_origins(joined, built.table);
    if (result) {
        add_withdrawn(input, joined, built.table);
        add_routes(joined, built.table);
        result = check_sizes(built.table);
    }
    if (!result) return tl::unexpected(std::move(result.error()));
    add_names(input, built.table);
    built.table.built_at_s = input.built_at_s;
    built.table.sources = std::move(input.sources);
    return built;
}

}  // namespace lull
