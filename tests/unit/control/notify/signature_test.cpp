#include "control/notify/signature.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

// RFC 4231 §4.2, §4.3, and §4.7, whose key is longer than a block.
TEST(Signature, is_the_hmac_of_the_rfc) {
    EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256_hex(std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Signature, covers_the_time_and_the_body) {
    const auto whole = signature_of("key", 1'700'000'000, "{}");
    ASSERT_TRUE(whole);
    EXPECT_EQ(*whole, "sha256=" + hmac_sha256_hex("key", "1700000000.{}").value());
    EXPECT_NE(*whole, signature_of("key", 1'700'000'001, "{}").value());
    EXPECT_NE(*whole, signature_of("key", 1'700'000'000, "{ }").value());
    EXPECT_NE(*whole, signature_of("other", 1'700'000'000, "{}").value());
}

TEST(Signature, a_secret_is_the_first_line_without_blanks) {
    const TemporaryFolder folder;
    const std::string path = folder.file("key");
    std::ofstream(path) << " a b\t\r\nmore\n";
    EXPECT_EQ(read_secret(path), "a b");
    std::ofstream(path) << "\nmore\n";
    EXPECT_EQ(read_secret(path).error().kind, ErrorKind::kRefused);
    EXPECT_FALSE(read_secret(folder.file("none")));
}

}  // namespace
}  // namespace lull
