// The names inside first payloads, as fields and not by pattern: the server name of a TLS
// ClientHello, the Host of an HTTP request, the first question of a DNS message. Each reads through
// a Cursor and writes the name as it stands there into `name`; 0 when there is none, or not within
// what is here. A ClientHello that goes on in another segment counts as far as the first one goes.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/cursor.h"
#include "dataplane/limits.h"

namespace lull {

using NameBuffer = std::array<char, kMaxHostNameBytes>;

/// A TLS record (RFC 8446 §5.1) with a ClientHello: server_name, RFC 6066 §3.
uint32_t read_tls_name(Cursor record, NameBuffer& name);
/// The same of a handshake message without a record around it, as QUIC carries it.
uint32_t read_client_hello_name(Cursor handshake, NameBuffer& name);
/// An HTTP/1 request (RFC 9112 §3.2). Header lines beyond the payload's end are not waited for.
uint32_t read_http_host(Cursor request, NameBuffer& name);
/// A DNS message (RFC 1035 §4.1): the name of the first question, labels joined by dots; bytes that
/// are not printable become '?'. `over_tcp`: two bytes of length before it.
uint32_t read_dns_name(Cursor message, bool over_tcp, NameBuffer& name);

}  // namespace lull
