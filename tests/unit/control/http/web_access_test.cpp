#include "control/http/web_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "control/http/client.h"
#include "control/http/server.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

/// "right", at bcrypt's least cost.
const char* const kHash = "$2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC";

/// A server with TLS and a user, over files that a test can change.
class WebAccessTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::string command =
            "cd " + folder_.path().string() +
            " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
            "-subj /CN=lull -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem "
            ">openssl.log 2>&1";
        ASSERT_EQ(std::system(command.c_str()), 0) << "apt-get install openssl";
    }
    std::string write(const std::string& text) {
        const std::string path = folder_.path().string() + "/web.yaml";
        std::ofstream(path, std::ios::trunc) << text;
        return path;
    }
    void start(const std::string& text) {
        auto access = WebAccess::open(write(text));
        ASSERT_TRUE(access) << access.error().message;
        options_.access = *access;
        auto server =
            Server::start({"127.0.0.1:0"},
                          {{"GET", "/hello", [](const Request&) { return Response{}; }}}, options_);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        client_.url = "https://" + server_->addresses().front();
        client_.cacert = folder_.path().string() + "/cert.pem";
        client_.user = "alice:right";
    }
    unsigned status() {
        const auto fetched = http_get(client_, "/hello");
        return fetched ? fetched->status : 0;
    }

    const std::string tls_ = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n";
    const std::string users_ = std::string("basic_auth_users: {alice: '") + kHash + "'}\n";
    TemporaryFolder folder_;
    ServerOptions options_;
    std::unique_ptr<Server> server_;
    ClientOptions client_;
};

TEST_F(WebAccessTest, tls_and_a_password_let_in_who_has_it) {
    start(tls_ + users_);
    EXPECT_EQ(status(), 200u);
    client_.user = "alice:wrong";
    EXPECT_EQ(status(), 401u);
    client_.user.reset();
    EXPECT_EQ(status(), 401u);
    client_.cacert.reset();
    EXPECT_EQ(status(), 0u);  // nobody has signed it for us
    EXPECT_EQ(options_.counts->wrong_passwords, 1u);
}

TEST_F(WebAccessTest, no_client_certificate_is_403_where_one_is_needed) {
    start(
        "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: "
        "RequireAndVerifyClientCert, client_ca_file: cert.pem}\n");
    EXPECT_EQ(status(), 403u);
    EXPECT_EQ(options_.counts->refused_certificates, 1u);
}

TEST_F(WebAccessTest, nonsense_leaves_the_old_state_and_what_is_right_is_taken) {
    start(tls_ + users_);
    write("nonsense: 1\n");
    while (options_.access->record().last_ok) std::this_thread::yield();
    EXPECT_THAT(options_.access->record().error, HasSubstr("web.yaml:1:1: unknown key"));
    EXPECT_EQ(status(), 200u);
    write("");  // half a file is no reason to open the door
    while (options_.access->record().error.find("protects nothing") == std::string::npos) {
        std::this_thread::yield();
    }
    EXPECT_EQ(status(), 200u);
    write(users_);  // no TLS any more
    while (!options_.access->record().last_ok) std::this_thread::yield();
    client_.url.replace(0, 5, "http");
    EXPECT_EQ(status(), 200u);
}

TEST_F(WebAccessTest, a_certificate_that_comes_after_the_file_that_names_it_is_taken) {
    start(tls_ + users_);
    write("tls_server_config: {cert_file: new.pem, key_file: key.pem}\n" + users_);
    while (options_.access->record().last_ok) std::this_thread::yield();
    EXPECT_THAT(options_.access->record().error, HasSubstr("new.pem"));
    const auto in = [this](const char* name) { return folder_.path() / name; };
    std::filesystem::copy_file(in("cert.pem"), in("new.pem"));
    while (!options_.access->record().last_ok) std::this_thread::yield();
    EXPECT_EQ(options_.access->state()->config.tls->cert_file, in("new.pem").string());
    EXPECT_EQ(status(), 200u);
}

TEST_F(WebAccessTest, what_cannot_serve_is_refused_with_its_file) {
    EXPECT_THAT(WebAccess::open(write("tls_server_config: {cert_file: key.pem, key_file: "
                                      "key.pem}\n"))
                    .error()
                    .message,
                HasSubstr("key.pem"));
    EXPECT_FALSE(WebAccess::open(folder_.path().string() + "/none.yaml"));
}

}  // namespace
}  // namespace lull
