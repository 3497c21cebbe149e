// What an incident says of a flood.
#include "control/noise_track.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/archive.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kMinute_ns = 60'000'000'000, kHour_ns = 60 * kMinute_ns;
constexpr int64_t kNoon_ns = int64_t{1'419'076'800} * 1'000'000'000;  // 2014-12-20T12:00:00Z

CountryNoise noise(double received, std::vector<LabelledFacts> labelled) {
    return {*find_country("KP"), received, std::move(labelled)};
}

TEST(NoiseTrack, volume_share_hours_and_senders_are_told) {
    NoiseTrack track;
    EXPECT_TRUE(track.empty());
    for (int minute = 1; minute <= 120; ++minute) {
        track.add(noise(1e7, {{"ntp-monlist", *find_country("US"), 6e6},
                              {"ssdp-reflection", *find_country("BR"), 2e6}}),
                  kNoon_ns + minute * kMinute_ns);
    }
    const std::string told = track.sentence(kNoon_ns, kNoon_ns + 5 * kHour_ns, "before");
    EXPECT_THAT(told, HasSubstr("consistent with a flood before: ntp-monlist 720.0 MB, "
                                "ssdp-reflection 240.0 MB (80 % of the bytes it received"));
    EXPECT_THAT(told, HasSubstr("from 2014-12-20T12:01:00Z to 2014-12-20T14:00:00Z"));
    EXPECT_THAT(told, HasSubstr("sent by addresses of US 75 %, BR 25 %"));
}

TEST(NoiseTrack, another_time_or_a_trickle_is_no_flood) {
    NoiseTrack track;
    track.add(noise(1e7, {{"dns-any", kCountryUnknown, 1e5}}), kNoon_ns + kMinute_ns);
    EXPECT_THAT(track.sentence(kNoon_ns, kNoon_ns + kHour_ns, "before"), IsEmpty()) << "1 %";
    track.add(noise(1e7, {{"dns-any", kCountryUnknown, 9e6}}), kNoon_ns + 2 * kMinute_ns);
    EXPECT_THAT(track.sentence(kNoon_ns, kNoon_ns + kHour_ns, "before"), Not(IsEmpty()));
    EXPECT_THAT(track.sentence(kNoon_ns + 3 * kHour_ns, kNoon_ns + 4 * kHour_ns, "later"),
                IsEmpty());
}

TEST(NoiseTrack, outlives_the_process) {
    NoiseTrack track;
    track.add(noise(1e7, {{"ntp-monlist", *find_country("US"), 6e6}}), kNoon_ns + kMinute_ns);
    ArchiveWriter writer;
    writer(track);
    const std::vector<uint8_t> bytes = writer.take();
    ArchiveReader reader(bytes);
    NoiseTrack again;
    reader(again);
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(again.sentence(kNoon_ns, kNoon_ns + kHour_ns, "before"),
              track.sentence(kNoon_ns, kNoon_ns + kHour_ns, "before"));
    EXPECT_THAT(again.sentence(kNoon_ns, kNoon_ns + kHour_ns, "before"), HasSubstr("US 100 %"));
}

TEST(NoiseTrack, what_it_holds_is_bounded) {
    NoiseTrack track;
    for (int hour = 0; hour < 500; ++hour) {
        std::vector<LabelledFacts> many;
        for (int i = 0; i < 200; ++i) {
            many.push_back(
                {"label-" + std::to_string(i), CountryId{static_cast<uint16_t>(i)}, 1e6});
        }
        track.add(noise(2e8, many), kNoon_ns + hour * kHour_ns + kMinute_ns);
    }
    EXPECT_THAT(track.sentence(kNoon_ns, kNoon_ns + 100 * kHour_ns, "long ago"), IsEmpty());
    EXPECT_THAT(track.sentence(kNoon_ns + 499 * kHour_ns, kNoon_ns + 501 * kHour_ns, "now"),
                HasSubstr("label-0 1.0 MB"));
}

}  // namespace
}  // namespace lull
