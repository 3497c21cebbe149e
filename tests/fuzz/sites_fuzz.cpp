// Any bytes as sites.yaml: problems, or names that a set is made of, each found as its own site.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/inspect/site_file.h"
#include "dataplane/inspect/names.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (text.find("names_file") != std::string::npos) {
        return 0;  // it would read any file of the machine
    }
    const auto file = lull::parse_sites(text, "sites.yaml");
    if (!file) {
        if (file.error().problems.empty()) std::abort();
        return 0;
    }
    lull::SiteBook book;
    const auto names = book.adopt(*file);
    if (!names || names->size() != file->names.size()) std::abort();
    const auto set = lull::SiteSet::build(*names);
    if (!set) std::abort();
    for (const lull::SiteName& name : *names) {
        if (name.site == lull::kSiteNone || set->find(name.name) != name.site) std::abort();
    }
    return 0;
}
