// What two ends agree on is read from their OPENs, in both forms that parameters have.
#include "control/bgp/open.h"

#include <gtest/gtest.h>

#include "tests/support/bmp_builder.h"

namespace lull::testing {
namespace {

/// Version, AS 23456, hold time, identifier, and what follows.
Octetstring open_body(const Octetstring& parameters) {
    return OctetWriter().u8(4).u16(kAsTrans).u16(180).u32(7).octets(parameters).bytes();
}

Octetstring capability(unsigned code, const Octetstring& value) {
    return OctetWriter().u8(code).u8(static_cast<unsigned>(value.size())).octets(value).bytes();
}

Octetstring plain(const Octetstring& capabilities) {
    const auto size = static_cast<unsigned>(capabilities.size());
    return OctetWriter().u8(size + 2).u8(2).u8(size).octets(capabilities).bytes();
}

/// RFC 9072.
Octetstring extended(const Octetstring& capabilities) {
    const auto size = static_cast<unsigned>(capabilities.size());
    return OctetWriter().u8(255).u8(255).u16(size + 3).u8(2).u16(size).octets(capabilities).bytes();
}

const Octetstring kCapabilities =
    capability(65, {0, 1, 17, 112}) +
    capability(69, {0, 1, 1, 1, 0, 2, 1, 3, 0, 1, 2, 2, 0, 25, 65, 3});

TEST(BgpOpen, capabilities_are_read_in_both_forms) {
    for (const auto& body : {open_body(plain(kCapabilities)), open_body(extended(kCapabilities))}) {
        BgpOpen open;
        EXPECT_EQ(read_open(body, open), RouteProblem::kNone);
        EXPECT_EQ(open.asn, 70'000U);
        EXPECT_EQ(open.bgp_id, 7U);
        // Multicast and other families are not what is looked for.
        EXPECT_EQ(open.add_path4, AddPathOffer::kReceive);
        EXPECT_EQ(open.add_path6, AddPathOffer::kBoth);
    }
}

TEST(BgpOpen, one_without_parameters_offers_nothing) {
    BgpOpen open;
    EXPECT_EQ(read_open(open_body({0}), open), RouteProblem::kNone);
    EXPECT_EQ(open.asn, kAsTrans);
    EXPECT_EQ(open.add_path4, AddPathOffer::kNone);
}

TEST(BgpOpen, every_truncation_is_told) {
    for (const auto& body : {open_body(plain(kCapabilities)), open_body(extended(kCapabilities))}) {
        for (std::size_t size = 0; size < body.size(); ++size) {
            BgpOpen open;
            EXPECT_EQ(read_open(Bytes(body).first(size), open), RouteProblem::kNotOpen) << size;
        }
    }
}

TEST(BgpOpen, a_capability_beyond_its_parameter_is_told) {
    BgpOpen open;
    EXPECT_EQ(read_open(open_body(plain({65, 9, 0})), open), RouteProblem::kNotOpen);
}

TEST(BgpOpen, an_offer_that_does_not_exist_is_none) {
    BgpOpen open;
    EXPECT_EQ(read_open(open_body(plain(capability(69, {0, 1, 1, 4}))), open), RouteProblem::kNone);
    EXPECT_EQ(open.add_path4, AddPathOffer::kNone);
}

}  // namespace
}  // namespace lull::testing
