// What HTTP lets a server save: bytes by gzip (RFC 9110 §8.4.1.3), and a body that the client has
// already by its entity tag (§8.8.3). No HTTP library shows here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lull {

/// Shorter bodies fit into a packet or two whatever they are.
inline constexpr std::size_t kGzipFromBytes = 1024;

/// Whether an Accept-Encoding header takes gzip: named, or by "*", and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);
/// The whole of `body` as one gzip member; nullopt without memory. About 100 MB of text a second.
std::optional<std::string> gzipped(std::string_view body);

/// A strong tag of a body, with its quotes: other bytes have another (64 bits of SHA-256).
std::string entity_tag(std::string_view body);
/// Whether an If-None-Match header names the tag; weak forms of it match, as §13.1.2 has it.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace lull
