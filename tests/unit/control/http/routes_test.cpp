#include "control/http/routes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "control/http/client.h"
#include "control/operator/command.h"
#include "control/show.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using nlohmann::json;

/// lull's real routes over a view that a test can change, on a port of their own.
class RoutesTest : public testing::Test {
  protected:
    void SetUp() override { serve({}); }

    void serve(std::function<ReloadReply(ShiftWord)> reload) {
        RouteSources sources;
        sources.view = [this] {
            const std::lock_guard lock(mutex_);
            return view_;
        };
        sources.metrics = [this] { return metrics_.text(); };
        sources.config = [] { return json{{"site", "ix-example"}}; };
        sources.reload = std::move(reload);
        sources.stored_incidents = [this](int64_t since_ns) { return stored(since_ns); };
        sources.decision_at = [this](CountryId, int64_t at_ns) { return decision(at_ns); };
        sources.day_of = [](CountryId id) { return json{{"day_of", country(id).code}}; };
        sources.build.version = "0.1.0";
        auto server = Server::start({"127.0.0.1:0"}, make_routes(std::move(sources)));
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        client_.url = "http://" + server_->addresses().front();
    }
    void publish(View view) {
        const std::lock_guard lock(mutex_);
        view_ = std::make_shared<const View>(std::move(view));
    }
    Fetched get(const std::string& path) {
        auto fetched = http_get(client_, path);
        EXPECT_TRUE(fetched) << fetched.error().message;
        return fetched.value_or(Fetched{});
    }
    json get_json(const std::string& path) { return json::parse(get(path).body, nullptr, false); }
    Response post_reload(const std::string& origin = "",
                         const std::map<std::string, std::string>& query = {}) {
        for (const Route& route : make_routes({.reload = reload_})) {
            if (route.path == "/-/reload") {
                return route.handler({"POST", "/-/reload", query, origin});
            }
        }
        return {};
    }

    Result<std::vector<Incident>> stored(int64_t since_ns) {
        ++disk_reads_;
        if (disk_.valid()) disk_.wait();
        if (!stored_) return failed("the disk is away");
        std::vector<Incident> found;
        for (const Incident& incident : *stored_) {
            if (!incident.end_ns || *incident.end_ns >= since_ns) found.push_back(incident);
        }
        return found;
    }

    Result<std::optional<Decision>> decision(int64_t at_ns) {
        ++disk_reads_;
        if (disk_.valid()) disk_.wait();
        if (!stored_) return failed("the disk is away");
        if (at_ns < decision_.time_ns) return std::optional<Decision>();
        return std::optional(decision_);
    }

    Decision decision_{test::kSampleNowNs - 3'600'000'000'000, {}};
    std::shared_future<void> disk_;  // until it is there, a disk hangs
    std::atomic<int> disk_reads_ = 0;
    std::optional<std::vector<Incident>> stored_ = std::vector<Incident>{};
    std::mutex mutex_;
    std::shared_ptr<const View> view_;
    Metrics metrics_{[this] {
                         const std::lock_guard lock(mutex_);
                         return view_;
                     },
                     {}};
    std::function<ReloadReply(ShiftWord)> reload_;
    std::unique_ptr<Server> server_;
    ClientOptions client_;
};

TEST_F(RoutesTest, incidents_come_in_pages_the_newest_first_page_first) {
    View view = test::outage_view(9);
    view.incidents.resize(1);
    for (uint64_t id = 1; id <= 5; ++id) {
        view.incidents.resize(id, view.incidents.front());
        view.incidents.back().id = id;
    }
    publish(view);
    const auto ids = [&](const std::string& query) {
        std::vector<uint64_t> found;
        const json document = get_json("/api/v1/incidents" + query);
        for (const json& each : document["incidents"]) {
            found.push_back(each["id"]);
        }
        return found;
    };
    using Ids = std::vector<uint64_t>;
    EXPECT_EQ(ids(""), (Ids{1, 2, 3, 4, 5}));
    EXPECT_EQ(get_json("/api/v1/incidents")["next_before"], nullptr);
    EXPECT_EQ(ids("?limit=2"), (Ids{4, 5}));
    EXPECT_EQ(get_json("/api/v1/incidents?limit=2")["next_before"], 4);
    EXPECT_EQ(ids("?limit=2&before=4"), (Ids{2, 3}));
    EXPECT_EQ(ids("?limit=2&before=2"), (Ids{1}));
    EXPECT_EQ(get_json("/api/v1/incidents?limit=2&before=2")["next_before"], nullptr);
    EXPECT_EQ(ids("?limit=18446744073709551615"), (Ids{1, 2, 3, 4, 5}));
    for (const char* bad : {"?limit=0", "?limit=-1", "?limit=2x", "?before=", "?limit=1e3"}) {
        EXPECT_EQ(get("/api/v1/incidents" + std::string(bad)).status, 400u) << bad;
    }
}

TEST_F(RoutesTest, the_day_of_a_country_is_told_and_of_no_country_is_404) {
    publish(test::outage_view(9));
    EXPECT_EQ(get_json("/api/v1/countries/kp/series")["day_of"], "KP");
    EXPECT_EQ(get("/api/v1/countries/QQ/series").status, 404u);
    EXPECT_EQ(get("/api/v1/countries//series").status, 404u);
}

TEST_F(RoutesTest, before_the_first_view_lull_is_healthy_and_not_ready) {
    EXPECT_EQ(get("/-/healthy").status, 200u);
    const Fetched ready = get("/-/ready");
    EXPECT_EQ(ready.status, 503u);
    EXPECT_NE(ready.body.find("first tick"), std::string::npos);
    EXPECT_EQ(get("/api/v1/status").status, 503u);
    EXPECT_EQ(get("/metrics").status, 200u);
    EXPECT_EQ(get("/").status, 200u);
    EXPECT_NE(get("/").body.find("lull is starting"), std::string::npos);
}

TEST_F(RoutesTest, ready_says_why_not_and_then_is) {
    View view = test::outage_view(5);
    view.ready = false;
    view.not_ready_reason = "open incidents are being restored";
    publish(view);
    EXPECT_EQ(get("/-/ready").status, 503u);
    EXPECT_NE(get("/-/ready").body.find("open incidents are being restored"), std::string::npos);
    EXPECT_EQ(get("/metrics").body.find("lull_country_state"), std::string::npos);
    view.ready = true;
    publish(view);
    EXPECT_EQ(get("/-/ready").status, 200u);
    EXPECT_NE(get("/metrics").body.find("lull_country_state"), std::string::npos);
}

TEST_F(RoutesTest, every_path_of_the_contract_answers) {
    publish(test::outage_view(5));
    EXPECT_EQ(get_json("/api/v1/status").at("site"), "ix-example");
    EXPECT_EQ(get_json("/api/v1/status").at("version"), "0.1.0");
    EXPECT_EQ(get_json("/api/v1/countries").at("countries").at("KP").at("state"), "outage");
    EXPECT_EQ(get_json("/api/v1/countries/KP").at("incidents").size(), 1u);
    EXPECT_EQ(get_json("/api/v1/countries/kp").at("country"), "KP");
    EXPECT_EQ(get_json("/api/v1/incidents").at("incidents").at(0).at("country"), "KP");
    EXPECT_EQ(get_json("/api/v1/origins").at("origins").size(), 2u);
    EXPECT_EQ(get_json("/api/v1/seen_networks").at("countries"), json::object());
    EXPECT_EQ(get_json("/api/v1/config").at("site"), "ix-example");
    EXPECT_EQ(get("/").status, 200u);
}

TEST_F(RoutesTest, unknown_country_and_bad_since_are_errors_in_json) {
    publish(test::outage_view(5));
    for (const char* path : {"/api/v1/countries/QQ", "/api/v1/countries/KP/x",
                             "/api/v1/countries/%3Cscript%3E", "/api/v1/countries/EU"}) {
        const Fetched fetched = get(path);
        EXPECT_EQ(fetched.status, 404u) << path;
        EXPECT_TRUE(json::parse(fetched.body).contains("error"));
    }
    EXPECT_EQ(get("/api/v1/incidents?since=yesterday").status, 400u);
    EXPECT_EQ(get("/api/v1/incidents?since=7d").status, 200u);
    EXPECT_EQ(get("/api/v1/incidents?since=10000d").status, 200u);
    EXPECT_EQ(get("/api/v1/incidents?since=2014-12-22T16:15:00Z").status, 200u);
}

TEST_F(RoutesTest, since_also_gives_what_only_the_store_still_has) {
    View view = test::outage_view(5);
    const Incident open = view.incidents.front();
    publish(std::move(view));
    Incident old = open;
    old.id = 2;
    old.end_ns = test::kSampleNowNs - 3'600'000'000'000;
    Incident stale = open;  // the store's word on one that the view has
    stale.lowest_ratio = 0.5;
    stored_ = {old, stale};
    const auto ids = [&](const char* path) {
        std::vector<uint64_t> found;
        const json document = get_json(path);
        for (const json& incident : document.at("incidents")) {
            found.push_back(incident.at("id"));
        }
        return found;
    };
    EXPECT_EQ(ids("/api/v1/incidents"), (std::vector<uint64_t>{7}));
    EXPECT_EQ(ids("/api/v1/incidents?since=7d"), (std::vector<uint64_t>{2, 7}));
    EXPECT_EQ(ids("/api/v1/incidents?since=30m"), (std::vector<uint64_t>{7}));
    EXPECT_EQ(get_json("/api/v1/incidents?since=7d").at("incidents").at(1).at("lowest_ratio"),
              0.01);
    stored_.reset();
    EXPECT_EQ(ids("/api/v1/incidents?since=7d"), (std::vector<uint64_t>{7}));
}

TEST_F(RoutesTest, a_disk_that_hangs_holds_up_those_who_ask_for_the_past_and_no_scrape) {
    publish(test::outage_view(3));
    std::promise<void> disk;
    disk_ = disk.get_future().share();
    std::vector<std::future<unsigned>> waiting;
    for (const char* path : {"/api/v1/incidents?since=7d", "/api/v1/countries/KP?at=30m"}) {
        waiting.push_back(std::async(std::launch::async, [&, path] { return get(path).status; }));
    }
    while (disk_reads_ == 0) std::this_thread::yield();
    EXPECT_EQ(get("/metrics").status, 200u);
    EXPECT_EQ(get("/-/healthy").status, 200u);
    EXPECT_EQ(get("/api/v1/incidents").status, 200u);
    EXPECT_EQ(get("/api/v1/countries/KP").status, 200u);
    EXPECT_EQ(disk_reads_, 1);  // one after the other
    disk.set_value();
    for (auto& answer : waiting) {
        EXPECT_EQ(answer.get(), 200u);
    }
}

TEST_F(RoutesTest, a_country_is_explained_as_it_was) {
    publish(test::outage_view(5));
    decision_.verdict.state = State::kSuspect;
    const json now = get_json("/api/v1/countries/KP");
    EXPECT_EQ(now.at("state"), "outage");
    const json then = get_json("/api/v1/countries/KP?at=30m");
    EXPECT_EQ(then.at("time"), "2014-12-22T16:30:00Z");
    EXPECT_EQ(then.at("recorded"), "2014-12-22T16:00:00Z");
    EXPECT_EQ(then.at("state"), "suspect");
    EXPECT_EQ(then.at("incidents").at(0).at("id"), 7);
    EXPECT_TRUE(get_json("/api/v1/countries/KP?at=2h").at("recorded").is_null());
    EXPECT_EQ(get("/api/v1/countries/KP?at=then").status, 400U);
    const auto shown =
        show({.what = "country", .country = "KP", .at = "2014-12-22T16:30:00Z", .client = client_});
    ASSERT_TRUE(shown) << shown.error().message;
    EXPECT_NE(shown->find("KP (Korea (North)) at 2014-12-22T16:30:00Z, as recorded at "
                          "2014-12-22T16:00:00Z\nKP is suspect; no alarm, because "),
              std::string::npos)
        << *shown;
    const auto before = show({.what = "country", .country = "KP", .at = "5d", .client = client_});
    ASSERT_TRUE(before);
    EXPECT_NE(before->find("nothing was recorded of it then"), std::string::npos) << *before;
    stored_.reset();
    EXPECT_EQ(get("/api/v1/countries/KP?at=30m").status, 503U);
}

TEST_F(RoutesTest, reload_is_403_while_lifecycle_is_off) {
    const Response response = post_reload();
    EXPECT_EQ(response.status, 403u);
    EXPECT_NE(response.body.find("http.enable_lifecycle"), std::string::npos);
}

TEST_F(RoutesTest, reload_passes_on_what_it_came_to) {
    const json body{{"applied", {"detect"}}, {"errors", json::array()}};
    reload_ = [&](ShiftWord) { return ReloadReply{ReloadReply::Outcome::kApplied, body}; };
    EXPECT_EQ(post_reload().status, 200u);
    EXPECT_EQ(json::parse(post_reload().body), body);
    reload_ = [&](ShiftWord) { return ReloadReply{ReloadReply::Outcome::kRefused, body}; };
    EXPECT_EQ(post_reload().status, 400u);
    reload_ = [](ShiftWord) { return ReloadReply{ReloadReply::Outcome::kBusy, {}}; };
    EXPECT_EQ(post_reload().status, 409u);
}

TEST_F(RoutesTest, reload_is_not_taken_from_a_web_page) {
    bool called = false;
    reload_ = [&](ShiftWord) {
        called = true;
        return ReloadReply{};
    };
    EXPECT_EQ(post_reload("https://evil.example").status, 403u);
    EXPECT_FALSE(called);
}

TEST_F(RoutesTest, a_reload_may_be_told_that_a_large_move_is_right_and_nothing_else) {
    ShiftWord told = ShiftWord::kNone;
    reload_ = [&](ShiftWord word) {
        told = word;
        return ReloadReply{};
    };
    EXPECT_EQ(post_reload("", {{"accept_shift", "yes"}}).status, 200u);
    EXPECT_EQ(told, ShiftWord::kAccepted);
    EXPECT_EQ(post_reload("", {{"accept_shift", "1"}}).status, 400u);
    EXPECT_EQ(post_reload("", {{"force", "yes"}}).status, 400u);
    EXPECT_EQ(post_reload().status, 200u);
    EXPECT_EQ(told, ShiftWord::kNone);
}

// ---- lull show, against the same server ----

TEST_F(RoutesTest, show_prints_tables_of_everything) {
    publish(test::outage_view(5));
    const auto text = [&](const std::string& what) {
        const auto shown = show({.what = what, .country = "KP", .client = client_});
        EXPECT_TRUE(shown) << shown.error().message;
        return shown.value_or("");
    };
    const std::string table = text("countries");
    EXPECT_TRUE(table.starts_with("CC  COUNTRY")) << table;
    EXPECT_EQ(table.substr(table.find('\n') + 1, 2), "KP") << "furthest below first: " << table;
    EXPECT_NE(text("country").find("outage, 2 % of expected"), std::string::npos);
    EXPECT_NE(text("incidents").find("2014-12-22T16:17:00Z"), std::string::npos);
    EXPECT_NE(text("origins").find("131279"), std::string::npos);
    EXPECT_NE(text("health").find("went quiet at 16:17 UTC"), std::string::npos);
    EXPECT_NE(text("config").find("\"site\": \"ix-example\""), std::string::npos);
}

TEST_F(RoutesTest, show_explain_gives_the_numbers_that_decided) {
    publish(test::outage_view(5));
    const auto shown = show(
        {.what = "country", .country = "KP", .detail = ShowDetail::kExplain, .client = client_});
    ASSERT_TRUE(shown);
    for (const char* part : {"incident 7 is open since", "answered flows", "fall to three tenths",
                             "on port group tap0", "RULED OUT", "a path that became one-way",
                             "What would change it", "capture loss ruled out"}) {
        EXPECT_NE(shown->find(part), std::string::npos) << part << " in\n" << *shown;
    }
}

TEST_F(RoutesTest, maintenance_is_listed_with_the_calendars) {
    View view = test::outage_view(5);
    const int64_t hour_ns = 3'600'000'000'000;
    view.maintenance = {
        {2,
         {.group = "tap0", .country = "", .from_ns = view.tick_end_ns, .for_s = 60, .name = "x"},
         "kim"},
        {0,
         {.group = "",
          .country = "KP",
          .from_ns = view.tick_end_ns - hour_ns,
          .for_s = 60,
          .name = ""},
         ""},
        {0,
         {.group = "",
          .country = "",
          .from_ns = view.tick_end_ns + hour_ns,
          .for_s = 60,
          .name = ""},
         ""}};
    publish(view);
    const json list = get_json("/api/v1/maintenance").at("maintenance");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].at("when"), "over");
    EXPECT_EQ(list[0].at("id"), nullptr);
    EXPECT_EQ(list[1].at("when"), "now");
    EXPECT_EQ(list[1].at("group"), "tap0");
    EXPECT_EQ(list[2].at("when"), "to come");
    const auto text = tell_maintenance({.verb = "list", .client = client_});
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("group tap0"), std::string::npos) << *text;
    EXPECT_NE(text->find("calendar.yaml"), std::string::npos) << *text;
    EXPECT_NE(get("/").body.find("Maintenance of group tap0 until 17:01 UTC: x<"),
              std::string::npos);
    EXPECT_EQ(get("/").body.find("Maintenance of KP"), std::string::npos);
}

TEST_F(RoutesTest, what_operators_said_is_under_the_table_of_incidents) {
    View view = test::outage_view(5);
    view.incidents[0].acknowledged = Remark{view.tick_end_ns, "kim", "on it"};
    view.incidents[0].notes = {{view.tick_end_ns, "", "a cable"}};
    publish(std::move(view));
    const json incident = get_json("/api/v1/incidents").at("incidents").at(0);
    EXPECT_EQ(incident.at("acknowledged"),
              (json{{"at", "2014-12-22T17:00:00Z"}, {"by", "kim"}, {"note", "on it"}}));
    EXPECT_EQ(incident.at("notes").at(0).at("text"), "a cable");
    const auto text = show({.what = "incidents", .client = client_});
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("7: 2014-12-22T17:00:00Z kim: on it\n"), std::string::npos) << *text;
    EXPECT_NE(text->find("7: 2014-12-22T17:00:00Z: a cable\n"), std::string::npos) << *text;
}

TEST_F(RoutesTest, show_json_is_the_document_of_the_api) {
    publish(test::outage_view(5));
    const auto shown = show({.what = "countries", .format = ShowFormat::kJson, .client = client_});
    ASSERT_TRUE(shown);
    EXPECT_EQ(json::parse(*shown), get_json("/api/v1/countries"));
}

TEST_F(RoutesTest, show_refuses_by_exit_code) {
    publish(test::outage_view(5));
    const auto kind = [&](ShowOptions options) {
        options.client = client_;
        const auto shown = show(options);
        EXPECT_FALSE(shown);
        return shown ? ErrorKind::kFailed : shown.error().kind;
    };
    EXPECT_EQ(kind({.what = "country", .country = "QQ"}), ErrorKind::kRefused);
    EXPECT_EQ(kind({.what = "country", .country = "../status"}), ErrorKind::kRefused);
    EXPECT_EQ(kind({.what = "country"}), ErrorKind::kUsage);
    EXPECT_EQ(kind({.what = "nonsense"}), ErrorKind::kUsage);
    EXPECT_EQ(kind({.what = "countries", .at = "now"}), ErrorKind::kUsage);
    EXPECT_EQ(kind({.what = "incidents", .since = "yesterday"}), ErrorKind::kRefused);
    server_->stop();
    EXPECT_EQ(kind({.what = "health"}), ErrorKind::kFailed);
}

TEST(ShowForeignServer, answers_that_are_not_lulls_do_not_confuse_show) {
    for (const char* body : {"", "not json", "[]", "{}", R"({"countries": 7, "incidents": {"a": 1},
                             "origins": "x", "ports": [1, null], "table": []})",
                             R"({"countries": {"KP": {"sent_packets": 1, "ratio": "x"}}})"}) {
        const auto handler = [body](const Request&) {
            Response response;
            response.body = body;
            return response;
        };
        auto server = Server::start({"127.0.0.1:0"}, {{"GET", "/api/", handler}});
        ASSERT_TRUE(server);
        for (const char* what : {"countries", "country", "incidents", "origins", "health"}) {
            ShowOptions options{.what = what, .country = "KP"};
            options.client.url = "http://" + (*server)->addresses().front();
            const auto shown = show(options);
            EXPECT_EQ(shown.has_value(), body[0] == '{') << what << " of " << body;
        }
    }
}

}  // namespace
}  // namespace lull
