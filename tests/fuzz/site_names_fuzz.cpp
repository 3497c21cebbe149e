// A set of names and a name to look for, against a search from the name upwards. Lines: a name
// each, with a dot before it where it stands for all below it; the last one is looked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "dataplane/inspect/names.h"

namespace {

lull::SiteId by_hand(const std::map<std::string, lull::SiteName>& names, std::string name) {
    for (bool own = true;; own = false) {
        const auto found = names.find(name);
        if (found != names.end() && (own || found->second.with_subdomains)) {
            return found->second.site;
        }
        const size_t dot = name.find('.');
        if (dot == std::string::npos) {
            return lull::kSiteNone;
        }
        name.erase(0, dot + 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::map<std::string, lull::SiteName> names;
    std::string line;
    for (const uint8_t* at = data; at != data + size; ++at) {
        if (*at != '\n') {
            line += static_cast<char>(*at);
            continue;
        }
        const bool below = line.starts_with('.');
        line.erase(0, below ? 1 : 0);
        if (!line.empty() && line.size() <= lull::kMaxHostNameBytes) {
            const auto id = static_cast<uint16_t>(names.size() + 1);
            names.try_emplace(line, lull::SiteName{line, below, lull::SiteId{id}});
        }
        line.clear();
    }
    std::vector<lull::SiteName> list;
    for (const auto& [name, site] : names) {
        list.push_back(site);
    }
    const auto set = lull::SiteSet::build(list);
    // So many dots are no name: the search upwards ends there.
    const bool deep = std::count(line.begin(), line.end(), '.') >= 127;
    if (!set || (line.size() <= lull::kMaxHostNameBytes && !deep &&
                 set->find(line) != (line.empty() ? lull::kSiteNone : by_hand(names, line)))) {
        std::abort();
    }
    for (const lull::SiteName& site : list) {
        if (std::count(site.name.begin(), site.name.end(), '.') < 127 &&
            set->find(site.name) != site.site) {
            std::abort();
        }
    }
    return 0;
}
