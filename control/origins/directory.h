// What the ids of one published table generation mean: kept by control beside the dataplane's
// lookup structure, which knows numbers only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/origins/few_networks.h"
#include "control/origins/table_file.h"

namespace lull {

struct CountryNetworks {
    uint32_t networks4 = 0;
    uint32_t networks6 = 0;
    uint32_t origins = 0;  // distinct AS numbers
};

struct Directory {
    uint64_t generation = 0;
    std::string path;
    std::string sha256;
    int64_t built_at_s = 0;
    uint64_t prefixes4 = 0;
    uint64_t prefixes6 = 0;
    std::vector<Origin> origins;             // by OriginId
    std::vector<CountryNetworks> countries;  // by CountryId
    std::vector<NetworkOrigin> networks;     // of countries that have few; their ids come last
    std::shared_ptr<const std::map<uint32_t, std::string>> as_names;
};

Directory directory_of(const OriginTable& table, const std::string& path, uint64_t generation);

}  // namespace lull
