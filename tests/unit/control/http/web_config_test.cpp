#include "control/http/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kAlicesHash = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

std::string first_problem(const std::string& text) {
    const auto config = parse_web_config(text, "web.yaml");
    return config ? "none" : config.error().problems.front();
}

TEST(WebConfig, whole_file_is_read_with_paths_from_its_folder) {
    const auto config = parse_web_config(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example, 192.0.2.1]
  min_version: TLS13
  max_version: TLS13
  curve_preferences: [X25519, CurveP256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: false
  headers: {Strict-Transport-Security: max-age=31536000, X-Frame-Options: sameorigin}
basic_auth_users:
  alice: )" + kAlicesHash + "\n",
                                         "/etc/lull/web.yaml");
    ASSERT_TRUE(config) << config.error().as_error().message;
    ASSERT_TRUE(config->tls);
    EXPECT_EQ(config->tls->cert_file, "/etc/lull/server.crt");
    EXPECT_EQ(config->tls->key_file, "/keys/server.key");
    EXPECT_EQ(config->tls->client_ca_file, "/etc/lull/ca.crt");
    EXPECT_EQ(config->tls->client_auth, ClientAuth::kRequire);
    EXPECT_THAT(config->tls->client_allowed_sans, ElementsAre("prometheus.example", "192.0.2.1"));
    EXPECT_EQ(config->headers.at("X-Frame-Options"), "sameorigin");
    EXPECT_EQ(config->users.at("alice"), kAlicesHash);
    const std::string words = tls_priorities(*config->tls);
    EXPECT_THAT(words, HasSubstr(":+VERS-TLS1.3"));
    EXPECT_EQ(words.find("TLS1.2"), std::string::npos);
    EXPECT_THAT(words, HasSubstr(":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"));
    EXPECT_EQ(words.find("SERVER_PRECEDENCE"), std::string::npos);
}

TEST(WebConfig, empty_sections_protect_nothing_and_are_no_mistake) {
    for (const char* text : {"", "# nothing\n", "tls_server_config:\n", "tls_server_config: {}\n",
                             "basic_auth_users:\n", "http_server_config: {headers: }\n"}) {
        const auto config = parse_web_config(text, "web.yaml");
        ASSERT_TRUE(config) << text;
        EXPECT_FALSE(config->tls);
        EXPECT_TRUE(config->users.empty());
    }
}

TEST(WebConfig, what_is_wrong_or_not_lulls_is_named_with_its_place) {
    const std::string tls = "tls_server_config: {cert_file: c, key_file: k, ";
    struct Case {
        std::string text, problem;
    };
    for (const Case& each : std::vector<Case>{
             {"basic_auth_user: {}\n",
              "web.yaml:1:1: unknown key \"basic_auth_user\": did you mean "
              "basic_auth_users?"},
             {"tls_server_config: {cert_file: c}\n", "key_file: is missing"},
             {tls + "cert_fil: c}\n", "did you mean cert_file?"},
             {tls + "min_version: TLS10}\n", "RFC 8996"},
             {tls + "min_version: TLS13, max_version: TLS12}\n", "is above max_version"},
             {tls + "client_auth_type: RequireAnyClientCert}\n", "proves nothing"},
             {tls + "client_auth_type: RequireAndVerify}\n", "no such word"},
             {tls + "client_auth_type: RequireAndVerifyClientCert}\n",
              "client_ca_file: is missing"},
             {tls + "client_ca_file: a}\n", "nobody is asked"},
             {tls + "client_allowed_sans: [a]}\n", "needs client_auth_type"},
             {tls + "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}\n", "lull has no such one"},
             {tls + "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}\n",
              "GnuTLS allows TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 along"},
             {tls + "curve_preferences: [CurveP224]}\n", "lull has no such one"},
             {tls + "cert: x}\n", "write cert_file"},
             {"http_server_config: {http2: true}\n", "HTTP/1.1 alone"},
             {"http_server_config: {headers: {X-Powered-By: lull}}\n", "unknown key"},
             {"http_server_config: {headers: {X-Frame-Options: allow}}\n", "known here"},
             {"http_server_config: {headers: {Content-Security-Policy: \"a\\nSet-Cookie: b\"}}\n",
              "Content-Security-Policy"},
             {"rate_limit: {interval: 1s}\n", "by itself"},
             {"basic_auth_users: [alice]\n", "needs a mapping"},
             {"basic_auth_users: {\"a:b\": x}\n", "no colon"}}) {
        EXPECT_THAT(first_problem(each.text), HasSubstr(each.problem)) << each.text;
    }
}

TEST(WebConfig, hashes_are_judged_and_never_shown) {
    for (const std::string& hash :
         {std::string("secret"), kAlicesHash.substr(0, 50), "$2x" + kAlicesHash.substr(3),
          "$2y$17" + kAlicesHash.substr(6), "$2y$03" + kAlicesHash.substr(6),
          kAlicesHash.substr(0, 59) + "!"}) {
        const std::string problem = first_problem("basic_auth_users: {alice: '" + hash + "'}\n");
        EXPECT_THAT(problem, HasSubstr("web.yaml:1:27: basic_auth_users.\"alice\"")) << hash;
        EXPECT_EQ(problem.find(hash), std::string::npos) << problem;
    }
    const std::string turned = first_problem("basic_auth_users: {" + kAlicesHash + ": alice}\n");
    EXPECT_THAT(turned, HasSubstr("a hash stands where a user's name belongs"));
    EXPECT_EQ(turned.find(kAlicesHash), std::string::npos) << turned;
}

}  // namespace
}  // namespace lull
