// The answered flows of countries' parts in the tick that is open: of every network where a country
// has few, else of its largest origins. Part of the aggregate; pure.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "control/country.h"
#include "control/facts.h"
#include "control/origins/directory.h"

namespace lull {

class OpenParts {
  public:
    explicit OpenParts(std::size_t groups) : open_(groups) {}

    /// What the ids of a generation stand for; to be handed to add().
    using Ids = std::vector<uint32_t>;  // OriginId -> index of a part
    Ids adopt(const Directory& directory);
    /// Whether the table adopted last has it, and tells it.
    [[nodiscard]] bool has(CountryId country, const PartId& id) const;
    void add(std::size_t group, uint32_t part, uint64_t flows);
    /// By group; the next tick begins at nothing.
    std::vector<std::vector<PartFacts>> close_tick();

  private:
    // Of a country's origins those with most flows since start.
    static constexpr std::size_t kLargest = 10;
    struct Part {
        CountryId country{};
        PartId id;
        uint64_t flows = 0;  // since start
        uint32_t table = 0;  // the last that has it
    };
    uint32_t part_of(CountryId country, const PartId& id);
    [[nodiscard]] bool is_told(uint32_t part) const;
    void rank(uint32_t part);

    std::vector<Part> parts_;
    uint32_t tables_ = 0;                               // adopted so far
    std::unordered_map<uint64_t, uint32_t> by_origin_;  // asn << 16 | country
    std::map<std::pair<CountryId, PartId>, uint32_t> by_network_;
    std::vector<std::vector<uint32_t>> largest_{countries().size()};  // origins, by country
    std::vector<bool> few_ = std::vector<bool>(countries().size());   // networks are told instead
    std::vector<std::unordered_map<uint32_t, uint64_t>> open_;
};

}  // namespace lull
