// What an event's target covers.
#include "control/drill/endpoint.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

Endpoint endpoint_of(const Ipv6Bytes& address, Family family = Family::kIpv4) {
    return {address, family, find_country("KP").value(), 131279};
}

TEST(Endpoint, is_in_a_prefix_by_its_first_bits_and_family) {
    DrillTarget target;
    target.kind = DrillTarget::Kind::kPrefix;
    target.address = {175, 45, 176};
    target.length = 22;
    EXPECT_TRUE(is_in(target, endpoint_of({175, 45, 176, 0})));
    EXPECT_TRUE(is_in(target, endpoint_of({175, 45, 179, 255})));
    EXPECT_FALSE(is_in(target, endpoint_of({175, 45, 180, 0})));
    EXPECT_FALSE(is_in(target, endpoint_of({175, 44, 176, 0})));
    EXPECT_FALSE(is_in(target, endpoint_of({175, 45, 176, 0}, Family::kIpv6)));
    target.length = 24;
    EXPECT_FALSE(is_in(target, endpoint_of({175, 45, 177, 0})));
    target = {};
    target.kind = DrillTarget::Kind::kPrefix;
    EXPECT_TRUE(is_in(target, endpoint_of({1, 2, 3, 4}))) << "0.0.0.0/0";
}

TEST(Endpoint, of_private_space_is_in_no_target_and_nothing_is_in_a_port) {
    DrillTarget wide;
    wide.kind = DrillTarget::Kind::kPrefix;
    wide.address = {8};
    wide.length = 5;
    Endpoint end = endpoint_of({10, 1, 2, 3});
    EXPECT_TRUE(is_in(wide, end));
    end.country = kPrivateSpace;
    EXPECT_FALSE(is_in(wide, end));
    EXPECT_FALSE(is_in(DrillTarget{}, endpoint_of({10, 1, 2, 3})));
}

}  // namespace
}  // namespace lull
