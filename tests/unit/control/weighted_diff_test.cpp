// What a table would do to a day's traffic, asked of a monitor that a test makes up.
#include "control/weighted_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/http/server.h"
#include "tests/support/sample_view.h"
#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kGermanNetworks = 40;

/// Germany's forty networks, of which the new table gives half to France; ten of Yemen's.
class WeightedDiffTest : public ::testing::Test {
  protected:
    void SetUp() override {
        options_.old_path = write("old.lut", 0);
        options_.new_path = write("new.lut", kGermanNetworks / 2);
        see(de_, 20, kGermanNetworks, 10);
        see(fr_, 30, 30, 5);
        see(ye_, 40, 10, 1);
        view_.table.sha256 = read_table(options_.old_path)->sha256;
        serve([this] {
            Response response;
            response.body = seen_json(view_).dump();
            return response;
        });
    }
    std::string write(const char* name, uint32_t given) {
        BuildInput build;
        const auto add = [&](uint32_t first, uint32_t i, const char* country) {
            build.prefixes.push_back(
                record(fmt::format("{}.{}.0.0/16", first, i), 64500 + i, country));
        };
        for (uint32_t i = 0; i < kGermanNetworks; ++i) add(20, i, i < given ? "FR" : "DE");
        for (uint32_t i = 0; i < 30; ++i) add(30, i, "FR");
        for (uint32_t i = 0; i < 10; ++i) add(40, i, "YE");
        build.prefixes.push_back(record("2a01:e00::/26", 12322, "FR"));
        const std::string path = folder_.file(name);
        EXPECT_TRUE(write_table(build_table(std::move(build))->table, path));
        return path;
    }
    void see(CountryId country, uint32_t first, uint32_t count, double rate) {
        auto sample = std::make_shared<SeenSample>();
        if (view_.seen) *sample = *view_.seen;
        sample->at_ns = test::kSampleNowNs;
        sample->networks.resize(countries().size());
        sample->rates.resize(countries().size());
        sample->rates[index_of(country)] = rate;
        for (uint32_t i = 0; i < count; ++i) {
            sample->networks[index_of(country)].push_back(uint64_t{(first << 24 | i << 16) >> 8} |
                                                          kNetwork4);
        }
        view_.seen = std::move(sample);
    }
    void serve(std::function<Response()> answer) {
        server_ = *Server::start({"127.0.0.1:0"},
                                 {{"GET", "/api/", [answer](const Request&) { return answer(); }}});
        client_.url = "http://" + server_->addresses().front();
    }
    void serve(unsigned status, const std::string& body) {
        serve([status, body] {
            Response response;
            response.status = status;
            response.body = body;
            return response;
        });
    }
    std::string output() {
        testing::internal::CaptureStdout();
        const auto done = weighted_diff(options_, client_);
        std::string text = testing::internal::GetCapturedStdout();
        EXPECT_TRUE(done) << done.error().message;
        return text;
    }
    Error error() {
        testing::internal::CaptureStdout();
        const auto done = weighted_diff(options_, client_);
        EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
        EXPECT_FALSE(done);
        return done ? Error{} : done.error();
    }

    const CountryId de_ = *find_country("DE"), fr_ = *find_country("FR"), ye_ = *find_country("YE");
    TemporaryFolder folder_;
    TableDiffOptions options_;
    ClientOptions client_;
    View view_ = test::calm_view(1);
    std::unique_ptr<Server> server_;
};

TEST_F(WeightedDiffTest, says_of_each_country_what_becomes_of_it_and_what_waits) {
    const std::string text = output();
    EXPECT_THAT(text, HasSubstr("Weighed with 80 networks, a sample of those whose flows were "
                                "answered in the day before 2014-12-22T17:00:00Z.\n"));
    EXPECT_THAT(text, HasSubstr("10.00   5.00   0.50  waits for accept_shift\n"));
    EXPECT_THAT(text, HasSubstr("5.00  10.00   2.00  waits for accept_shift\n"));
    EXPECT_THAT(
        text,
        HasSubstr("\n0 countries do not move.\nToo little was seen of YE: fewer than "
                  "24 networks, or no flow expected yet, say nothing.\nA reload refuses it unless "
                  "`?accept_shift=yes`"));
    EXPECT_THAT(text, Not(HasSubstr("runs neither")));
}

TEST_F(WeightedDiffTest, is_a_document_too) {
    options_.format = OutputFormat::kJson;
    const json document = json::parse(output());
    ASSERT_EQ(document.at("countries").size(), 2u);
    for (const json& row : document.at("countries")) {
        const bool is_de = row.at("country") == "DE";
        EXPECT_EQ(row.at("networks"), is_de ? 40 : 30);
        EXPECT_NEAR(row.at("flows_per_second_before").get<double>(), is_de ? 10 : 5, 1e-9);
        EXPECT_NEAR(row.at("flows_per_second_after").get<double>(), is_de ? 5 : 10, 1e-9);
        EXPECT_NEAR(row.at("ratio").get<double>(), is_de ? 0.5 : 2, 1e-9);
        EXPECT_EQ(row.at("waits"), true);
    }
    EXPECT_EQ(document.at("hardly_seen"), json::array({"YE"}));
    EXPECT_EQ(document.at("waits"), true);
    EXPECT_EQ(document.at("other_table"), false);
}

TEST_F(WeightedDiffTest, of_a_table_and_itself_waits_for_nothing) {
    options_.new_path = options_.old_path;
    EXPECT_THAT(output(), HasSubstr("\n2 countries do not move.\n"));
    EXPECT_THAT(output(), HasSubstr("Nothing of this holds it back at a reload.\n"));
    view_.table.sha256 = std::string(64, 'a');
    EXPECT_THAT(output(), HasSubstr("The monitor runs neither of these tables"));
}

TEST_F(WeightedDiffTest, after_the_swap_is_refused_and_does_not_seem_to_be_none) {
    view_.table.sha256 = read_table(options_.new_path)->sha256;
    EXPECT_EQ(error().kind, ErrorKind::kRefused);
    EXPECT_THAT(error().message, HasSubstr("the monitor runs the new table already"));
}

TEST_F(WeightedDiffTest, of_a_country_without_a_rate_says_that_it_knows_nothing) {
    auto sample = std::make_shared<SeenSample>(*view_.seen);
    sample->rates[index_of(de_)] = 0;
    view_.seen = sample;
    const std::string text = output();
    EXPECT_THAT(text, HasSubstr("Too little was seen of DE, YE: "));
    EXPECT_THAT(text, Not(HasSubstr("waits")));
}

TEST_F(WeightedDiffTest, with_nothing_seen_is_refused_and_says_why) {
    view_.seen.reset();
    EXPECT_EQ(error().kind, ErrorKind::kRefused);
    EXPECT_THAT(error().message, HasSubstr("has seen no answered flow in the last day"));
}

TEST_F(WeightedDiffTest, names_a_table_that_is_not_there) {
    options_.new_path = folder_.file("none.lut");
    EXPECT_THAT(error().message, HasSubstr("none.lut"));
    options_.old_path = folder_.file("neither.lut");
    EXPECT_THAT(error().message, HasSubstr("neither.lut"));
}

TEST_F(WeightedDiffTest, says_what_to_do_where_the_monitor_does_not_answer_with_a_sample) {
    serve(401, "");
    EXPECT_EQ(error().kind, ErrorKind::kFailed);
    EXPECT_THAT(error().message,
                HasSubstr("/api/v1/seen_networks: HTTP 401; give --user name:password"));
    serve(404, R"({"error": "no such path"})");
    EXPECT_THAT(error().message, HasSubstr("HTTP 404: no such path; is this lull"));
    serve(503, R"({"error": "lull is starting"})");
    EXPECT_THAT(error().message, HasSubstr("lull is starting; try again in a tick"));
    server_->stop();
    EXPECT_EQ(error().kind, ErrorKind::kFailed);
    EXPECT_THAT(error().message, HasSubstr("is lull running there?"));
}

TEST_F(WeightedDiffTest, takes_no_nonsense_for_a_sample) {
    std::string many = R"("10.0.0.0/24")";
    for (std::size_t i = 0; i < SeenNetworks::kHours * SeenNetworks::kPerHour; ++i) {
        many += R"(,"10.0.0.0/24")";
    }
    const auto of_kp = [](const std::string& entry) {
        return R"({"time":"2014-12-22T17:00:00Z","countries":{"KP":)" + entry + "}}";
    };
    for (const std::string& body : {std::string(), std::string("[]"), std::string("{}"),
                                    std::string(R"({"time":"now","countries":{}})"), of_kp("7"),
                                    of_kp("{}"), of_kp(R"({"flows_per_second":"x","networks":[]})"),
                                    of_kp(R"({"flows_per_second":1,"networks":{}})"),
                                    of_kp(R"({"flows_per_second":1,"networks":["1.2.3.0/25"]})"),
                                    of_kp(R"({"flows_per_second":1,"networks":["1.2.3.4/24"]})"),
                                    of_kp(R"({"flows_per_second":1,"networks":[7]})"),
                                    of_kp(R"({"flows_per_second":1,"networks":[)" + many + "]}")}) {
        serve(200, body);
        EXPECT_EQ(error().kind, ErrorKind::kFailed) << body;
        EXPECT_THAT(error().message, HasSubstr("is this lull")) << body;
    }
    serve(200, R"({"time":"2014-12-22T17:00:00Z","countries":{"QQ":7}})");
    EXPECT_EQ(error().kind, ErrorKind::kRefused);
}

TEST(SeenSample, comes_back_from_its_document) {
    View view = test::calm_view(1);
    auto seen = std::make_shared<SeenSample>();
    seen->at_ns = test::kSampleNowNs;
    seen->networks.resize(countries().size());
    seen->rates.resize(countries().size());
    const std::size_t fr = index_of(test::id_of("FR"));
    seen->networks[fr] = {kNetwork4 | 0x010203, 0x2a01'0e00'0001, kNetwork4 | 0x010203};
    seen->rates[fr] = 2.5;
    view.seen = seen;
    const json document = seen_json(view);
    EXPECT_EQ(document.at("countries").at("FR").at("networks"),
              json::array({"1.2.3.0/24", "2a01:e00:1::/48", "1.2.3.0/24"}));
    const auto heard = parse_seen(document, "there");
    ASSERT_TRUE(heard) << heard.error().message;
    EXPECT_EQ(heard->sample.networks, seen->networks);
    EXPECT_EQ(heard->sample.rates, seen->rates);
    EXPECT_EQ(heard->sample.at_ns, seen->at_ns);
    EXPECT_EQ(heard->table_sha256, view.table.sha256);
}

}  // namespace
}  // namespace lull
