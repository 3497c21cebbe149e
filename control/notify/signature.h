// What lets a receiver know that a message is lull's, new and whole: an HMAC-SHA256 (RFC 2104) over
// the time of sending and the body, with a secret that both have, as GitHub and Stripe do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/error.h"

namespace lull {

/// In hexadecimal. Fails where a policy forbids the algorithm.
Result<std::string> hmac_sha256_hex(std::string_view key, std::string_view bytes);

/// Of X-Lull-Signature: "sha256=" and the HMAC of "TIMESTAMP.BODY", where X-Lull-Timestamp says
/// TIMESTAMP in seconds since 1970.
Result<std::string> signature_of(std::string_view secret, int64_t timestamp_s,
                                 std::string_view body);

/// The first line of a file, without blanks around it. Refused: no file, an empty line.
Result<std::string> read_secret(const std::string& path);

}  // namespace lull
