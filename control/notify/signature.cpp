#include "control/notify/signature.h"

#include <gnutls/crypto.h>

#include <array>
#include <span>

#include "control/files.h"
#include "control/origins/sha256.h"

namespace lull {

Result<std::string> hmac_sha256_hex(std::string_view key, std::string_view bytes) {
    Sha256Digest digest{};
    const int code = gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), bytes.data(),
                                      bytes.size(), digest.data());
    if (code != 0) {
        return failed("GnuTLS does not sign: {}", gnutls_strerror(code));
    }
    return to_hex(digest);
}

Result<std::string> signature_of(std::string_view secret, int64_t timestamp_s,
                                 std::string_view body) {
    const auto hex = hmac_sha256_hex(secret, fmt::format("{}.{}", timestamp_s, body));
    if (!hex) {
        return hex;
    }
    return "sha256=" + *hex;
}

Result<std::string> read_secret(const std::string& path) {
    constexpr std::size_t kMaxBytes = 4096;
    const auto text = read_file(path, kMaxBytes);
    if (!text) {
        return text;
    }
    const std::string line = text->substr(0, text->find('\n'));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) {
        return refused("{}: its first line is empty: write the secret there (openssl rand -hex 32)",
                       path);
    }
    return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace lull
