// A small MaxMind DB made in memory: networks with a country each, for tests of its reader. Format:
// https://maxmind.github.io/MaxMind-DB/ (version 2.0), records of 24 bits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/origins/prefix.h"

namespace lull::testing {

class MmdbBuilder {
  public:
    /// 4 or 6; IPv4 prefixes go below ::/96 in a tree of version 6.
    explicit MmdbBuilder(unsigned ip_version = 6);

    /// {"country": {"iso_code": country}, "registered_country": {"iso_code": registered}}; either
    /// is left out when it is empty. A prefix inside another one comes after it, and wins there.
    MmdbBuilder& add(std::string_view prefix, std::string_view country,
                     std::string_view registered = "");
    /// Points the prefix at the node of another one, as 2002::/16 does at IPv4's.
    MmdbBuilder& alias(std::string_view prefix, std::string_view target);
    [[nodiscard]] std::string bytes() const;

  private:
    /// Of a node: another node, data (their offset, plus one), or neither.
    struct Link {
        uint32_t node = 0;
        uint32_t data = 0;
    };
    using Node = std::array<Link, 2>;
    Link& place(std::string_view prefix);

    unsigned ip_version_;
    std::vector<Node> nodes_{1};
    std::string data_;
};

}  // namespace lull::testing
