#include "dataplane/inspect/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace lull {
namespace {

SiteId id(uint16_t number) {
    return SiteId{number};
}

std::string normalized(std::string name) {
    name.resize(normalize_name(name.data(), static_cast<uint32_t>(name.size())));
    return name;
}

TEST(InspectNames, a_name_is_normalized_without_guessing) {
    EXPECT_EQ(normalized("WWW.KCNA.kp"), "www.kcna.kp");
    EXPECT_EQ(normalized("kcna.kp."), "kcna.kp");
    EXPECT_EQ(normalized("kcna.kp:8080"), "kcna.kp");
    EXPECT_EQ(normalized("[2001:db8::1]:80"), "[2001:db8::1]:80");
    EXPECT_EQ(normalized(""), "");
    EXPECT_EQ(normalized("."), "");
    EXPECT_EQ(normalized("K\xc3\x9c.kp"), "k\xc3\x9c.kp");
}

TEST(InspectNames, a_name_is_found_itself_or_by_the_nearest_above_it) {
    const auto set = SiteSet::build(std::vector<SiteName>{
        {"kcna.kp", true, id(1)}, {"video.kcna.kp", true, id(2)}, {"rodong.rep.kp", false, id(3)}});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->find("kcna.kp"), id(1));
    EXPECT_EQ(set->find("www.kcna.kp"), id(1));
    EXPECT_EQ(set->find("a.b.video.kcna.kp"), id(2));
    EXPECT_EQ(set->find("rodong.rep.kp"), id(3));
    EXPECT_EQ(set->find("www.rodong.rep.kp"), kSiteNone);
    EXPECT_EQ(set->find("notkcna.kp"), kSiteNone) << "no label boundary";
    EXPECT_EQ(set->find("kp"), kSiteNone);
    EXPECT_EQ(set->find("kcna.kp.evil.example"), kSiteNone);
    EXPECT_EQ(set->find(""), kSiteNone);
    EXPECT_EQ(set->find(std::string(300, '.')), kSiteNone);
}

TEST(InspectNames, look_alikes_are_not_the_name) {
    const auto set = SiteSet::build(std::vector<SiteName>{{"kcna.kp", true, id(1)}});
    ASSERT_TRUE(set);
    for (const char* other : {"kcna.kp.example", "kcna-kp", "kcna.kp-", "xkcna.kp", "kcna..kp",
                              "kcna.kq", "cna.kp", "kcn\xd0\xb0.kp", "\xc2\xadkcna.kp",
                              "kcna.\xef\xbd\x8bp", "kcna\xe3\x80\x82kp", "KCNA.kp"}) {
        EXPECT_EQ(set->find(other), kSiteNone) << other;
    }
    EXPECT_EQ(set->find(".kcna.kp"), id(1)) << "an empty part above it is above it";
    EXPECT_EQ(set->find(normalized("Www.KCNA.KP.:443")), id(1));
    EXPECT_EQ(set->find(normalized("Www.KCNA.KP:443")), id(1));
}

TEST(InspectNames, the_longest_name_and_the_deepest_are_looked_for) {
    std::string deep = "kcna.kp";
    while (deep.size() + 2 <= kMaxHostNameBytes) {
        deep = "a." + deep;
    }
    const auto set =
        SiteSet::build(std::vector<SiteName>{{deep, false, id(1)}, {"kcna.kp", true, id(2)}});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->find(deep), id(1));
    EXPECT_EQ(set->find(deep.substr(2)), id(2));
}

TEST(InspectNames, fifty_thousand_names_are_all_found) {
    std::vector<SiteName> names;
    for (uint16_t i = 1; i <= 50'000; ++i) {
        names.push_back({fmt::format("site{}.example", i), false, id(i)});
    }
    const auto set = SiteSet::build(names);
    ASSERT_TRUE(set);
    for (const SiteName& name : names) {
        ASSERT_EQ(set->find(name.name), name.site);
    }
    EXPECT_EQ(set->find("site50001.example"), kSiteNone);
}

TEST(InspectNames, a_name_twice_or_too_long_is_refused) {
    const auto twice =
        SiteSet::build(std::vector<SiteName>{{"a.kp", false, id(1)}, {"a.kp", true, id(2)}});
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().message, ::testing::HasSubstr("a.kp"));
    EXPECT_FALSE(SiteSet::build(std::vector<SiteName>{{std::string(256, 'a'), false, id(1)}}));
}

}  // namespace
}  // namespace lull
