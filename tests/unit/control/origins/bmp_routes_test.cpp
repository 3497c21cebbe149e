// A recorded BMP stream is a source of routes as an MRT dump is.
#include "control/origins/bmp_routes.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/bmp_builder.h"

namespace lull::testing {
namespace {

class Listing final : public RouteSink {
  public:
    void route(const MrtRoute& route) override {
        lines.push_back(fmt::format("{} {} AS{} {}", route.time_s, format_prefix(route.nlri.prefix),
                                    route.peer.asn, route.path.text()));
    }
    std::vector<std::string> lines;
};

struct Done {
    std::vector<std::string> lines;
    BmpFileReport report;
};

Done read(const Octetstring& stream) {
    std::istringstream raw(std::string(stream.begin(), stream.end()));
    EXPECT_TRUE(is_bmp(raw));
    Listing listing;
    BmpFileReport report = read_bmp(raw, "f.bmp", listing);
    return {listing.lines, std::move(report)};
}

TEST(BmpRoutes, routes_of_peers_are_handed_on_and_what_the_router_sends_is_not) {
    BuiltBmpPeer peer, out;
    out.flags = kBmpOut;
    const Octetstring body = update({}, path_attribute(sequence({64501})), nlri("10.0.0.0/8"));
    const Done done = read(bmp_initiation("edge1") + bmp_routes(peer, body) +
                           bmp_routes(out, body) + bmp_termination(0));
    EXPECT_EQ(done.lines, std::vector<std::string>{"1419264900 10.0.0.0/8 AS64501 64501"});
    EXPECT_EQ(done.report.adj_rib_out, 1U);
    EXPECT_EQ(done.report.counts.announced, 2U);
    EXPECT_EQ(done.report.rejected.count, 0U);
    EXPECT_EQ(done.report.sha256.size(), 64U);
}

TEST(BmpRoutes, each_problem_is_told_with_its_message) {
    const Done done = read(bmp_initiation("edge1") + bmp(0, {}) + bmp(2, {}) + bmp(6, {}) +
                           bmp(0, {1}) + bmp(4, {}, 9) + bmp(0, {}));
    EXPECT_EQ(done.report.rejected.first,
              (std::vector<std::string>{
                  "f.bmp: message 2: fields that reach beyond their record",
                  "f.bmp: message 3: fields that reach beyond their record",
                  "f.bmp: message 5: fields that reach beyond their record",
                  "f.bmp: message 6: a BMP version other than 3; what follows cannot be found"}));
    EXPECT_EQ(done.report.counts.problems_total(), done.report.rejected.count);
}

TEST(BmpRoutes, a_stream_that_ends_inside_a_message_says_so) {
    Octetstring stream = bmp_initiation("edge1") + bmp(6, {1, 2, 3});
    stream.pop_back();
    const Done done = read(stream);
    EXPECT_EQ(done.report.rejected.first,
              std::vector<std::string>{"f.bmp: message 2: the file ends inside this record"});
}

TEST(BmpRoutes, a_dump_is_no_bmp) {
    std::istringstream raw(one_of_everything().text());
    EXPECT_FALSE(is_bmp(raw));
    std::istringstream empty;
    EXPECT_FALSE(is_bmp(empty));
}

}  // namespace
}  // namespace lull::testing
