// The set of watched names. Immutable; looked up by a name as it was read from a packet.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/error.h"
#include "dataplane/inspect/signature.h"

namespace lull {

/// Puts ASCII letters into lower case and takes a port and a closing dot off; the rest of the bytes
/// stay as they are: a name in UTF-8 or a look-alike is not the name. Returns the new length.
uint32_t normalize_name(char* name, uint32_t length);

class SiteSet {
  public:
    /// Refused: a name that is longer than kMaxHostNameBytes or stands there twice.
    static Result<SiteSet> build(std::span<const SiteName> names);

    /// The site of a normalized name: its own before that of the nearest name above it.
    [[nodiscard]] SiteId find(std::string_view name) const;
    [[nodiscard]] bool empty() const { return slots_.empty(); }

  private:
    struct Slot {
        uint32_t at = 0;     // in text_
        uint8_t length = 0;  // 0: free
        bool with_subdomains = false;
        SiteId site = kSiteNone;
    };
    static constexpr uint32_t kMaxLabelsOfName = 127;

    [[nodiscard]] const Slot* look(std::string_view name, uint64_t hash) const;

    std::vector<Slot> slots_;  // a power of two, at most half full
    std::vector<char> text_;
};

}  // namespace lull
