// Where IPFIX messages go: a collector, by UDP, TCP or TLS. Nothing here waits for longer than it
// is told to; a connection that fails says why, and whoever sends decides when to try again.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "control/config/config.h"
#include "dataplane/error.h"

namespace lull {

/// "udp://192.0.2.1:4739", "tcp://collector.example", "tls://[2001:db8::1]:4740". Without a port:
/// 4739, and 4740 for TLS (RFC 7011 §10.1). Errors say what to write.
struct CollectorAddress {
    enum class Transport : uint8_t { kUdp, kTcp, kTls };
    Transport transport = Transport::kUdp;
    std::string host;  // a name, or an address without brackets
    uint16_t port = 0;
};
Result<CollectorAddress> parse_collector(const std::string& text);

class Collector {
  public:
    using Wait = std::chrono::milliseconds;
    virtual ~Collector() = default;
    /// Resolves and connects.
    virtual Result<void> connect(Wait longest) = 0;
    /// The whole message, or an error; then it must be connected anew.
    virtual Result<void> send(std::span<const uint8_t> message, Wait longest) = 0;
    /// Whether it is still there, as far as the kernel knows. At once.
    virtual Result<void> check() = 0;
    /// A message that a transport carries in one piece.
    [[nodiscard]] virtual std::size_t message_bytes() const = 0;

    static std::unique_ptr<Collector> make(const IpfixSection& section,
                                           const CollectorAddress& address);
};

}  // namespace lull
