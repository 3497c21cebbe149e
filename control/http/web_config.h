// The web configuration: TLS, client certificates, users and headers of the HTTP server, a file of
// the shape that Prometheus's exporters take (exporter-toolkit's web-configuration.md). As strict
// as lull.yaml: an unknown key is an error with file:line:column, and so, with the reason, is what
// that toolkit does and lull does not. Paths in it are relative to the file's folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/config/config.h"

namespace lull {

/// What is asked of a client's certificate. Any certificate, unverified, would prove nothing:
/// exporter-toolkit's RequestClientCert and RequireAnyClientCert are refused.
enum class ClientAuth : uint8_t { kNone, kVerifyIfGiven, kRequire };
enum class TlsVersion : uint8_t { kTls12, kTls13 };

struct TlsSection {
    std::string cert_file;  // PEM, the server's certificate and those that signed it
    std::string key_file;
    ClientAuth client_auth = ClientAuth::kNone;
    std::optional<std::string> client_ca_file;
    /// Names, addresses, URIs or mail addresses of which a client's certificate must have one.
    std::vector<std::string> client_allowed_sans;
    TlsVersion min_version = TlsVersion::kTls12;
    TlsVersion max_version = TlsVersion::kTls13;
    std::vector<std::string> cipher_suites;      // as Go calls them; empty: all that are safe
    std::vector<std::string> curve_preferences;  // likewise
    bool prefer_server_cipher_suites = true;
    bool operator==(const TlsSection&) const = default;
};

struct WebConfig {
    std::optional<TlsSection> tls;
    std::map<std::string, std::string> headers;  // name -> value, of every answer
    std::map<std::string, std::string> users;    // name -> bcrypt hash
};

tl::expected<WebConfig, ConfigErrors> parse_web_config(const std::string& text,
                                                       const std::string& path);
tl::expected<WebConfig, ConfigErrors> load_web_config(const std::string& path);

/// GnuTLS's words for what the section allows: versions, suites, curves, whose order counts.
std::string tls_priorities(const TlsSection& section);
/// The suites of TLS 1.2 that the section names, as IANA and Go call them; all when it names none.
std::vector<std::string> named_suites(const TlsSection& section);

}  // namespace lull
