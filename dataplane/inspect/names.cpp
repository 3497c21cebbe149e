#include "dataplane/inspect/names.h"

#include <bit>
#include <cstring>

namespace lull {

namespace {

// FNV-1a, from the name's end towards its start: the hashes of all names above one are on the way
// to its own.
constexpr uint64_t kHashStart = 0xcbf29ce484222325ull, kHashPrime = 0x100000001b3ull;

uint64_t hash_step(uint64_t hash, char byte) {
    return (hash ^ static_cast<uint8_t>(byte)) * kHashPrime;
}

// FNV's low bits are weak where names end alike.
std::size_t home(uint64_t hash, std::size_t slots) {
    return (hash * 0x9E3779B97F4A7C15ull >> 32) & (slots - 1);
}

}  // namespace

uint32_t normalize_name(char* name, uint32_t length) {
    uint32_t end = length;
    for (uint32_t i = 0; i < length; ++i) {
        const char byte = name[i];
        if (byte >= 'A' && byte <= 'Z') {
            name[i] = static_cast<char>(byte - 'A' + 'a');
        }
    }
    // "example.org:8080"; an IPv6 address stands in brackets and has colons of its own.
    const void* colon = length == 0 || name[0] == '[' ? nullptr : std::memchr(name, ':', length);
    if (colon != nullptr) {
        end = static_cast<uint32_t>(static_cast<const char*>(colon) - name);
    }
    return end != 0 && name[end - 1] == '.' ? end - 1 : end;
}

const SiteSet::Slot* SiteSet::look(std::string_view name, uint64_t hash) const {
    for (std::size_t at = home(hash, slots_.size());; at = (at + 1) & (slots_.size() - 1)) {
        const Slot& slot = slots_[at];
        if (slot.length == 0) {
            return nullptr;
        }
        if (std::string_view(text_.data() + slot.at, slot.length) == name) {
            return &slot;
        }
    }
}

SiteId SiteSet::find(std::string_view name) const {
    if (slots_.empty() || name.empty() || name.size() > kMaxHostNameBytes) {
        return kSiteNone;
    }
    SiteId nearest = kSiteNone;
    uint64_t hash = kHashStart;
    uint32_t labels = 0;
    for (std::size_t at = name.size(); at-- > 0 && labels < kMaxLabelsOfName;) {
        if (name[at] == '.') {
            // Those nearer to the name come later, and win.
            const Slot* above = look(name.substr(at + 1), hash);
            nearest = above != nullptr && above->with_subdomains ? above->site : nearest;
            ++labels;
        }
        hash = hash_step(hash, name[at]);
    }
    const Slot* own = look(name, hash);
    return own != nullptr ? own->site : nearest;
}

Result<SiteSet> SiteSet::build(std::span<const SiteName> names) {
    SiteSet set;
    if (names.empty()) {
        return set;
    }
    set.slots_.resize(std::bit_ceil(names.size() * 2));
    for (const SiteName& site : names) {
        if (site.name.empty() || site.name.size() > kMaxHostNameBytes) {
            return refused("\"{}\": a name has 1 to {} bytes", site.name.substr(0, 80),
                           kMaxHostNameBytes);
        }
        uint64_t hash = kHashStart;
        for (std::size_t i = site.name.size(); i-- > 0;) {
            hash = hash_step(hash, site.name[i]);
        }
        if (set.look(site.name, hash) != nullptr) {
            return refused("\"{}\" is named twice", site.name);
        }
        std::size_t at = home(hash, set.slots_.size());
        while (set.slots_[at].length != 0) {
            at = (at + 1) & (set.slots_.size() - 1);
        }
        set.slots_[at] = {.at = static_cast<uint32_t>(set.text_.size()),
                          .length = static_cast<uint8_t>(site.name.size()),
                          .with_subdomains = site.with_subdomains,
                          .site = site.site};
        set.text_.insert(set.text_.end(), site.name.begin(), site.name.end());
    }
    return set;
}

}  // namespace lull
