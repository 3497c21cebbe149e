#include "control/origins/feed_owner.h"

#include <algorithm>
#include <map>

namespace lull {
namespace {

struct Feed {
    std::map<uint32_t, uint64_t> prefixes;  // by the AS that originates them
    uint64_t originated = 0;
    uint32_t owner = 0;
};

bool is_unowned(const PrefixRecord& record) {
    return record.kind == SourceKind::kGeofeed && record.asn == 0;
}

/// Who originates the prefixes of each unowned feed: one walk down the nested prefixes.
std::map<uint16_t, Feed> count_origins(std::span<const PrefixRecord> records) {
    struct Level {
        IpPrefix prefix;
        uint32_t asn = 0;
    };
    std::map<uint16_t, Feed> feeds;
    std::vector<Level> stack;
    for (std::size_t first = 0, end = 0; first < records.size(); first = end) {
        const IpPrefix& prefix = records[first].prefix;
        while (!stack.empty() && !contains(stack.back().prefix, prefix)) stack.pop_back();
        uint32_t asn = stack.empty() ? 0 : stack.back().asn;
        for (end = first; end < records.size() && records[end].prefix == prefix; ++end) {
            const PrefixRecord& record = records[end];
            if (record.kind != SourceKind::kGeofeed && record.asn != 0) asn = record.asn;
        }
        stack.push_back({prefix, asn});
        for (std::size_t i = first; i < end; ++i) {
            if (!is_unowned(records[i])) continue;
            Feed& feed = feeds[records[i].file];
            if (asn == 0) continue;
            ++feed.prefixes[asn];
            ++feed.originated;
        }
    }
    return feeds;
}

}  // namespace

Result<void> find_feed_owners(std::span<PrefixRecord> records, std::vector<TableSource>& sources) {
    if (std::none_of(records.begin(), records.end(), is_unowned)) return {};
    std::map<uint16_t, Feed> feeds = count_origins(records);
    for (auto& [file, feed] : feeds) {
        const auto most =
            std::max_element(feed.prefixes.begin(), feed.prefixes.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        const std::string path = file < sources.size() ? sources[file].path : "geofeed";
        if (most == feed.prefixes.end() || most->second * 2 <= feed.originated) {
            return refused(
                "{}: no AS originates most of its {} prefixes that are originated, so whose feed "
                "is it? give it as --geofeed AS64500={}",
                path, feed.originated, path);
        }
        feed.owner = most->first;
        if (file < sources.size()) sources[file].path = fmt::format("AS{}={}", feed.owner, path);
    }
    for (PrefixRecord& record : records) {
        if (is_unowned(record)) record.asn = feeds[record.file].owner;
    }
    return {};
}

}  // namespace lull
