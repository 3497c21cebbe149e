// The mend of pcapng files, block by block, in both byte orders.
#include "control/pcapng.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace lull {
namespace {

constexpr uint32_t kSection = 0x0a0d0d0a;
constexpr uint32_t kMagic = 0x1a2b3c4d;
constexpr uint32_t kSnapshotBytes = 262144;

enum class Order : uint8_t { kBig, kLittle };

void put(std::vector<uint8_t>& bytes, Order order, std::initializer_list<uint32_t> words) {
    for (const uint32_t word : words) {
        for (uint32_t i = 0; i < 4; ++i) {
            const uint32_t shift = order == Order::kLittle ? 8 * i : 24 - 8 * i;
            bytes.push_back(static_cast<uint8_t>(word >> shift));
        }
    }
}

void put_section(std::vector<uint8_t>& bytes, Order order) {
    put(bytes, order, {kSection, 28, kMagic, 1, UINT32_MAX, UINT32_MAX, 28});
}

void put_interface(std::vector<uint8_t>& bytes, Order order, uint32_t snapshot_bytes) {
    put(bytes, order, {1, 20, 1, snapshot_bytes, 20});
}

TEST(Pcapng, all_interfaces_get_one_snapshot_length_in_either_byte_order) {
    for (const Order order : {Order::kBig, Order::kLittle}) {
        std::vector<uint8_t> bytes;
        std::vector<uint8_t> wanted;
        put_section(bytes, order);
        put_interface(bytes, order, 65535);
        put_interface(bytes, order, 96);
        put(bytes, order, {6, 16, 0x61626364, 16});  // not looked into
        put_section(wanted, order);
        put_interface(wanted, order, kSnapshotBytes);
        put_interface(wanted, order, kSnapshotBytes);
        put(wanted, order, {6, 16, 0x61626364, 16});
        EXPECT_EQ(equalise_snapshot_lengths(bytes), 2u);
        EXPECT_EQ(bytes, wanted);
    }
}

TEST(Pcapng, a_section_may_have_another_byte_order_than_the_one_before) {
    std::vector<uint8_t> bytes;
    put_section(bytes, Order::kLittle);
    put_interface(bytes, Order::kLittle, 1);
    put_section(bytes, Order::kBig);
    put_interface(bytes, Order::kBig, 2);
    EXPECT_EQ(equalise_snapshot_lengths(bytes), 2u);
}

TEST(Pcapng, what_is_not_well_formed_ends_the_mend_and_is_left_as_it_is) {
    const std::initializer_list<uint32_t> faults[] = {
        {1, 8, 1, 96, 20},          // shorter than any block
        {1, 18, 1, 96, 20},         // no multiple of four
        {1, 24, 1, 96, 20},         // reaches past the end
        {1, UINT32_MAX, 1, 96, 0},  // and so that a sum would wrap
        {1, 20},                    // cut
        {1, 16, 1, 16, 0},          // no room for a snapshot length
        {kSection, 28, 0x12345678, 96, 0},
    };
    for (const auto& fault : faults) {
        std::vector<uint8_t> bytes;
        put_section(bytes, Order::kLittle);
        put_interface(bytes, Order::kLittle, kSnapshotBytes);
        put(bytes, Order::kLittle, fault);
        const std::vector<uint8_t> before = bytes;
        EXPECT_EQ(equalise_snapshot_lengths(bytes), 1u);
        EXPECT_EQ(bytes, before);
    }
}

TEST(Pcapng, a_file_of_another_kind_has_no_interfaces) {
    std::vector<uint8_t> bytes;
    EXPECT_EQ(equalise_snapshot_lengths(bytes), 0u);
    put(bytes, Order::kLittle, {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1});  // pcap
    const std::vector<uint8_t> before = bytes;
    EXPECT_EQ(equalise_snapshot_lengths(bytes), 0u);
    EXPECT_EQ(bytes, before);
}

}  // namespace
}  // namespace lull
