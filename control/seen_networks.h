// Where each country's answered flows came from in the last day: a sample of networks, what a new
// table is weighed with. Of each hour every flow has the same chance to be in it. Pure, bounded:
// 32 networks an hour and country, 1.5 MB.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "control/country.h"
#include "dataplane/types.h"

namespace lull {

/// Networks by CountryId; of one country in no order, and as often as they were drawn.
using NetworkSample = std::vector<std::vector<NetworkNumber>>;

/// What one would weigh a table with, at one moment.
struct SeenSample {
    int64_t at_ns = 0;  // scenario time
    NetworkSample networks;
    std::vector<double> rates;  // answered flows a second of each country, by CountryId
};

class SeenNetworks {
  public:
    static constexpr std::size_t kHours = 24;
    static constexpr std::size_t kPerHour = 32;

    /// Networks that are 0 are left out.
    void add(CountryId country, std::span<const NetworkNumber> networks, int64_t now_ns);
    /// Of the day before the last add(); in no order.
    [[nodiscard]] std::vector<NetworkNumber> of(CountryId country) const;
    [[nodiscard]] NetworkSample sample() const;
    /// The same networks, each with the country that `country_of` gives it, who has it now.
    using CountryOf = std::function<CountryId(CountryId now, NetworkNumber network)>;
    [[nodiscard]] SeenNetworks moved(const CountryOf& country_of) const;

  private:
    struct Hour {
        int64_t number = -1;  // since 1970
        uint64_t seen = 0;
        std::vector<NetworkNumber> kept;
    };
    void keep(CountryId country, NetworkNumber network, int64_t hour);
    /// Within the day before the last add(): an older one only waits for its place to be taken.
    [[nodiscard]] bool is_recent(const Hour& cell) const {
        return cell.number >= 0 && cell.number > now_ - static_cast<int64_t>(kHours);
    }

    std::vector<std::array<Hour, kHours>> hours_{countries().size()};  // by country, a ring
    int64_t now_ = -1;                                                 // hour of the last add()
};

}  // namespace lull
