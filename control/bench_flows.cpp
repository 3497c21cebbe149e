// See bench_flows.h.
#include "control/bench_flows.h"

#include <algorithm>
#include <cmath>

#include "control/drill/random.h"

namespace lull {

namespace {

/// Routes of each origin, to draw from.
template <typename Route>
class Draw {
  public:
    Draw(const std::vector<Route>& routes, Random& random) : routes_(routes) {
        std::vector<uint32_t> order(routes.size());
        for (uint32_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
            return index_of(routes[a].origin) < index_of(routes[b].origin);
        });
        order_ = std::move(order);
        for (uint32_t i = 0; i < order_.size(); ++i) {
            if (i == 0 || routes[order_[i]].origin != routes[order_[i - 1]].origin) {
                starts_.push_back(i);
            }
        }
        // Which origins are the large ones is drawn too.
        for (std::size_t i = starts_.size(); i > 1; --i) {
            std::swap(starts_[i - 1], starts_[random.below(i)]);
        }
    }
    /// Origins by rank with a weight of 1 / rank, about.
    const Route& next(Random& random) const {
        const double rank = std::exp(random.unit() * std::log(static_cast<double>(starts_.size())));
        const uint32_t start =
            starts_[std::min(static_cast<std::size_t>(rank), starts_.size() - 1)];
        uint32_t end = start + 1;
        while (end < order_.size() && end - start < 4096 &&
               routes_[order_[end]].origin == routes_[order_[start]].origin) {
            ++end;
        }
        return routes_[order_[start + random.below32(end - start)]];
    }
    [[nodiscard]] bool empty() const { return routes_.empty(); }

  private:
    const std::vector<Route>& routes_;
    std::vector<uint32_t> order_, starts_;
};

uint32_t host_in(const Route4& route, Random& random) {
    return route.length == 32 ? route.address
                              : route.address | (random.below32(0xffffffffu) >> route.length);
}

Ipv6Bytes host_in(const Route6& route, Random& random) {
    Ipv6Bytes address = route.address;
    for (std::size_t i = (route.length + 7u) / 8; i < address.size(); ++i) {
        address[i] = static_cast<uint8_t>(random.next());
    }
    return address;
}

}  // namespace

std::vector<BenchFlow> draw_bench_flows(const OriginTable& table, uint32_t count, double v6_share,
                                        uint64_t seed) {
    Random random(seed);
    const Draw<Route4> draw4(table.routes4, random);
    const Draw<Route6> draw6(table.routes6, random);
    std::vector<BenchFlow> flows(count);
    for (BenchFlow& flow : flows) {
        const bool ipv6 = draw4.empty() || (!draw6.empty() && random.unit() < v6_share);
        flow.family = ipv6 ? Family::kIpv6 : Family::kIpv4;
        if (ipv6) {
            flow.from6 = host_in(draw6.next(random), random);
            flow.to6 = host_in(draw6.next(random), random);
        } else {
            flow.from4 = host_in(draw4.next(random), random);
            flow.to4 = host_in(draw4.next(random), random);
        }
        flow.from_port = static_cast<uint16_t>(random.between(32'768, 60'999));
    }
    return flows;
}

}  // namespace lull
