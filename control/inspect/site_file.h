// sites.yaml, which inspect.sites names: names whose falling silent is to be told.
//   sites:
//     - {name: .kcna.kp, site: kcna.kp, country: KP, note: the news agency, export: true}
//     - {names_file: popular.txt}        # plain text beside it, one name a line, '#' for remarks
// A dot (or "*.") before a name: it and all below it. Names are those of packets: ASCII, and
// letters of either case are one. What several names of a site say of it is taken from the first.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/config/config.h"
#include "control/config/yaml_tree.h"
#include "dataplane/error.h"
#include "dataplane/inspect/signature.h"

namespace lull {

/// A site's metrics are exported for at most so many (contract.md).
inline constexpr std::size_t kMostExportedSites = 500;
/// As much as a reader of the file need take in: 65,535 names with a country each.
inline constexpr std::size_t kMaxSiteFileBytes = kLongYaml.bytes;

/// A name; several may be one site's.
struct NamedSite {
    std::string name;  // lower case, without a dot before it
    bool with_subdomains = false;
    std::string site;     // what it is shown as
    std::string country;  // "": none
    std::string note;
    bool exported = false;
    int line = 0;
    bool operator==(const NamedSite& other) const {
        return name == other.name && with_subdomains == other.with_subdomains &&
               site == other.site && country == other.country && note == other.note &&
               exported == other.exported;
    }
};

struct SiteFile {
    std::vector<NamedSite> names;
    bool operator==(const SiteFile&) const = default;
};

/// `path`: of the file, for messages and for where names_file is looked for. Every problem with its
/// file:line:column; of a names_file the first twenty, each with its line there as well. Problems
/// are names that are no host names, that stand there twice, that are more than kMaxSites - 1; more
/// than kMostExportedSites exported; two countries of one site.
tl::expected<SiteFile, ConfigErrors> parse_sites(const std::string& text, const std::string& path);

/// The numbers of sites for the life of the process.
class SiteBook {
  public:
    struct Entry {
        std::string name;
        std::string country;
        std::string note;
        bool exported = false;
        bool listed = false;  // by the file adopted last
    };

    /// The file's names with their sites. Refused: more than kMaxSites in the life of this process;
    /// the book is then as before.
    Result<std::vector<SiteName>> adopt(const SiteFile& file);
    /// By SiteId; the first is none.
    [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

  private:
    std::vector<Entry> entries_{Entry{}};
    std::unordered_map<std::string, uint32_t> numbers_;
};

}  // namespace lull
