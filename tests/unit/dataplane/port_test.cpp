// What a port asks of its device.
#include "dataplane/port.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(Port, the_longest_frames_are_those_that_the_device_takes) {
    EXPECT_EQ(mtu_within(9698, 9586), 9586);  // virtio
    EXPECT_EQ(mtu_within(9574, 9586), 9574);  // bnxt
    EXPECT_EQ(mtu_within(1500, 9586), 1500);
    EXPECT_EQ(mtu_within(9574, 2026), 2026);  // nothing longer than a buffer
    EXPECT_EQ(mtu_within(UINT16_MAX, 9586), std::nullopt);
}

}  // namespace
}  // namespace lull
