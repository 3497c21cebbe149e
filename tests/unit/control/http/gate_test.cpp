#include "control/http/gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <future>

namespace lull {
namespace {

/// "right", at bcrypt's least cost: some milliseconds.
const std::string kRight = "$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC";

std::string base64(const std::string& text) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            bits = bits << 8 | (i + j < text.size() ? static_cast<uint8_t>(text[i + j]) : 0);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out += i + j <= text.size() ? kDigits[bits >> (18 - 6 * j) & 63] : '=';
        }
    }
    return out;
}

class GateTest : public ::testing::Test {
  protected:
    /// What it says at once, or when it wakes who asked.
    Gate::Verdict ask(const std::string& name, const std::string& password,
                      const std::string& address = "192.0.2.1") {
        std::promise<Gate::Verdict> woken;
        Gate::Visitor visitor;
        visitor.authorization = "Basic " + base64(name + ":" + password);
        visitor.address = address;
        visitor.sleep = [] {};
        visitor.wake = [&](Gate::Verdict verdict) { woken.set_value(verdict); };
        const Gate::Verdict verdict = gate_.ask(users_, visitor);
        asked_bcrypt_ += verdict == Gate::Verdict::kAsleep ? 1 : 0;
        return verdict == Gate::Verdict::kAsleep ? woken.get_future().get() : verdict;
    }

    std::shared_ptr<ServerCounts> counts_ = std::make_shared<ServerCounts>();
    GateLimits limits_{.attempts = 5, .attempts_per_second = 0};
    Gate gate_{counts_, limits_};
    Gate::Users users_{{"alice", kRight}};
    int asked_bcrypt_ = 0;
};

TEST_F(GateTest, right_password_is_asked_for_once_and_then_known) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    }
    EXPECT_EQ(asked_bcrypt_, 1);
    EXPECT_EQ(counts_->wrong_passwords, 0u);
}

TEST_F(GateTest, wrong_ones_are_few_for_bcrypt_and_lock_out_nobody_who_is_known) {
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    int too_many = 0;
    for (int i = 0; i < 1000; ++i) {
        const Gate::Verdict verdict = ask("alice", "wrong" + std::to_string(i));
        EXPECT_NE(verdict, Gate::Verdict::kPass);
        too_many += verdict == Gate::Verdict::kTooMany ? 1 : 0;
        EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    }
    EXPECT_EQ(asked_bcrypt_, 1 + 5);
    EXPECT_EQ(too_many, 995);
    EXPECT_EQ(ask("alice", "wrong0"), Gate::Verdict::kWrong);  // known to be
    EXPECT_EQ(counts_->wrong_passwords, 6u);
    EXPECT_EQ(counts_->unasked_passwords, 995u);
    // Another address has attempts of its own.
    EXPECT_EQ(ask("alice", "wrong", "192.0.2.2"), Gate::Verdict::kWrong);
}

TEST_F(GateTest, unknown_user_costs_what_a_known_one_does_and_never_passes) {
    EXPECT_EQ(ask("bob", "right"), Gate::Verdict::kWrong);
    EXPECT_EQ(asked_bcrypt_, 1);
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    users_ = {{"bob", kRight}};
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kWrong);  // no user any more
    EXPECT_EQ(ask("bob", "right"), Gate::Verdict::kPass);
}

TEST_F(GateTest, another_hash_makes_the_old_password_wrong_at_once) {
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    users_["alice"] = "$2b$04$abcdefghijklmnopqrstuu0HtfOlPbTiymk5tcV.3TsFPDd3SYZqu";
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kWrong);
    EXPECT_EQ(ask("alice", "other"), Gate::Verdict::kPass);
}

TEST_F(GateTest, what_stands_before_a_nul_is_not_the_password) {
    EXPECT_EQ(ask("alice", std::string("right\0junk", 10)), Gate::Verdict::kWrong);
    EXPECT_EQ(asked_bcrypt_, 0);
}

TEST_F(GateTest, stop_wakes_who_sleeps_and_lets_nobody_sleep_again) {
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
    gate_.stop();
    EXPECT_EQ(ask("alice", "wrong"), Gate::Verdict::kBusy);
    EXPECT_EQ(ask("alice", "right"), Gate::Verdict::kPass);
}

TEST(BasicCredentials, only_basic_with_a_name_and_a_password_is_taken) {
    const auto both = basic_credentials("bAsIc " + base64("a:b:c"));
    ASSERT_TRUE(both);
    EXPECT_EQ(*both, std::pair(std::string("a"), std::string("b:c")));
    for (const std::string& header :
         {std::string(), std::string("Basic"), std::string("Basic "), "Bearer " + base64("a:b"),
          "Basic " + base64("nocolon"), std::string("Basic !!!!"),
          "Basic " + base64(std::string(5000, 'a') + ":b")}) {
        EXPECT_FALSE(basic_credentials(header)) << header;
    }
}

TEST(AddressKey, ipv6_counts_by_its_network_and_mapped_ones_as_ipv4) {
    const auto key6 = [](const char* text) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        inet_pton(AF_INET6, text, &address.sin6_addr);
        return address_key(reinterpret_cast<const sockaddr*>(&address));
    };
    EXPECT_EQ(key6("2001:db8::1"), key6("2001:db8::ffff:1"));
    EXPECT_NE(key6("2001:db8::1"), key6("2001:db8:0:1::1"));
    EXPECT_EQ(key6("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address_key(nullptr), "");
}

}  // namespace
}  // namespace lull
