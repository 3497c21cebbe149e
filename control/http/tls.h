// TLS as the web configuration asks for it: its files read and tried before a listener gets them,
// and the certificates that clients show. The only file here that names GnuTLS.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/http/web_config.h"
#include "dataplane/error.h"

namespace lull {

/// What a listener needs, whole: equal ones make equal listeners.
struct TlsSetup {
    std::string cert_pem, key_pem;
    std::string client_ca_pem;  // empty: clients are not asked for a certificate
    std::string priorities;
    ClientAuth client_auth = ClientAuth::kNone;
    std::vector<std::string> client_allowed_sans;
    int64_t expires_s = 0;  // unix: the server's certificate
    bool operator==(const TlsSetup&) const = default;
};

/// Refused, with the file and the mend: what cannot be read, is no PEM, does not fit together (key
/// and certificate), or leaves no suite to speak.
Result<TlsSetup> load_tls(const TlsSection& section);

/// The same of a certificate and its key alone, which may be one file.
Result<void> check_pair(const std::string& cert_file, const std::string& key_file);

/// Why the peer of a gnutls_session_t may not come in; "": it may.
std::string refusal_of_client(void* session, const TlsSetup& setup);

}  // namespace lull
