#include "control/http/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "control/files.h"

namespace lull {
namespace {

constexpr std::size_t kMaxPemBytes = 256 * 1024;
constexpr unsigned kMaxAltNames = 100;  // of one certificate

gnutls_datum_t datum(const std::string& text) {
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
            static_cast<unsigned>(text.size())};
}

template <typename Handle, void (*kFree)(Handle)>
struct Freed {
    Handle handle = nullptr;
    Freed() = default;
    ~Freed() {
        if (handle != nullptr) kFree(handle);
    }
    Freed(const Freed&) = delete;
    Freed& operator=(const Freed&) = delete;
};
using Credentials = Freed<gnutls_certificate_credentials_t, gnutls_certificate_free_credentials>;
using Priorities = Freed<gnutls_priority_t, gnutls_priority_deinit>;
using Certificate = Freed<gnutls_x509_crt_t, gnutls_x509_crt_deinit>;

Error refusal(const std::string& what, int code, std::string_view mend) {
    return {ErrorKind::kRefused, fmt::format("{}: {}: {}", what, gnutls_strerror(code), mend)};
}

/// Whether the first certificate of `pem` could be read, and until when it holds.
Result<int64_t> expiry_of(const std::string& file, const std::string& pem) {
    Certificate certificate;
    gnutls_x509_crt_init(&certificate.handle);
    const gnutls_datum_t data = datum(pem);
    if (const int code = gnutls_x509_crt_import(certificate.handle, &data, GNUTLS_X509_FMT_PEM);
        code != 0) {
        return tl::unexpected(refusal(file, code, "it needs a certificate as PEM"));
    }
    return static_cast<int64_t>(gnutls_x509_crt_get_expiration_time(certificate.handle));
}

/// One alternative name as text: the one of a certificate that exporter-toolkit compares.
std::string name_of(unsigned kind, const unsigned char* bytes, std::size_t size) {
    char text[INET6_ADDRSTRLEN] = "";
    if (kind == GNUTLS_SAN_IPADDRESS) {
        if (size == 4) inet_ntop(AF_INET, bytes, text, sizeof text);
        if (size == 16) inet_ntop(AF_INET6, bytes, text, sizeof text);
        return text;
    }
    if (kind == GNUTLS_SAN_DNSNAME || kind == GNUTLS_SAN_RFC822NAME || kind == GNUTLS_SAN_URI) {
        return {reinterpret_cast<const char*>(bytes), size};
    }
    return "";
}

bool has_allowed_name(gnutls_session_t session, const std::vector<std::string>& allowed) {
    unsigned count = 0;
    const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
    Certificate certificate;
    if (chain == nullptr || count == 0 || gnutls_x509_crt_init(&certificate.handle) != 0 ||
        gnutls_x509_crt_import(certificate.handle, &chain[0], GNUTLS_X509_FMT_DER) != 0) {
        return false;
    }
    for (unsigned i = 0; i < kMaxAltNames; ++i) {
        unsigned char bytes[1024];
        std::size_t size = sizeof bytes;
        unsigned kind = 0;
        const int code = gnutls_x509_crt_get_subject_alt_name2(certificate.handle, i, bytes, &size,
                                                               &kind, nullptr);
        if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return false;
        if (code < 0) continue;  // longer than any that is allowed here
        const std::string name = name_of(kind, bytes, size);
        if (!name.empty() && std::find(allowed.begin(), allowed.end(), name) != allowed.end()) {
            return true;
        }
    }
    return false;
}

/// Whether the two make what TLS shows and proves.
Result<void> fit_together(const std::string& cert_file, const std::string& cert_pem,
                          const std::string& key_file, const std::string& key_pem,
                          gnutls_certificate_credentials_t credentials) {
    const gnutls_datum_t cert = datum(cert_pem), key = datum(key_pem);
    const int code =
        gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    if (code >= 0) return {};
    return tl::unexpected(refusal(
        key_file, code,
        fmt::format("it needs the private key of {}, as PEM and without a password", cert_file)));
}

}  // namespace

Result<void> check_pair(const std::string& cert_file, const std::string& key_file) {
    const auto cert_pem = read_file(cert_file, kMaxPemBytes);
    if (!cert_pem) return tl::unexpected(cert_pem.error());
    const auto key_pem = read_file(key_file, kMaxPemBytes);
    if (!key_pem) return tl::unexpected(key_pem.error());
    if (const auto expires_s = expiry_of(cert_file, *cert_pem); !expires_s) {
        return tl::unexpected(expires_s.error());
    }
    Credentials credentials;
    gnutls_certificate_allocate_credentials(&credentials.handle);
    return fit_together(cert_file, *cert_pem, key_file, *key_pem, credentials.handle);
}

Result<TlsSetup> load_tls(const TlsSection& section) {
    TlsSetup setup;
    setup.priorities = tls_priorities(section);
    setup.client_auth = section.client_auth;
    setup.client_allowed_sans = section.client_allowed_sans;
    for (const auto& [file, text] : {std::pair(section.cert_file, &setup.cert_pem),
                                     {section.key_file, &setup.key_pem},
                                     {section.client_ca_file.value_or(""), &setup.client_ca_pem}}) {
        if (file.empty()) continue;
        auto bytes = read_file(file, kMaxPemBytes);
        if (!bytes) return tl::unexpected(bytes.error());
        *text = std::move(*bytes);
    }
    const auto expires_s = expiry_of(section.cert_file, setup.cert_pem);
    if (!expires_s) return tl::unexpected(expires_s.error());
    setup.expires_s = *expires_s;
    Credentials credentials;
    gnutls_certificate_allocate_credentials(&credentials.handle);
    if (const auto fit = fit_together(section.cert_file, setup.cert_pem, section.key_file,
                                      setup.key_pem, credentials.handle);
        !fit) {
        return tl::unexpected(fit.error());
    }
    if (!setup.client_ca_pem.empty()) {
        const gnutls_datum_t trust = datum(setup.client_ca_pem);
        const int count =
            gnutls_certificate_set_x509_trust_mem(credentials.handle, &trust, GNUTLS_X509_FMT_PEM);
        if (count <= 0) {
            return tl::unexpected(refusal(*section.client_ca_file,
                                          count == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : count,
                                          "it needs certificates as PEM"));
        }
    }
    Priorities priorities;
    if (const int code =
            gnutls_priority_init(&priorities.handle, setup.priorities.c_str(), nullptr);
        code != 0) {
        return tl::unexpected(refusal(setup.priorities, code,
                                      "this machine's GnuTLS has not all of these suites and "
                                      "curves: leave cipher_suites and curve_preferences out"));
    }
    return setup;
}

std::string refusal_of_client(void* session_of_library, const TlsSetup& setup) {
    if (setup.client_auth == ClientAuth::kNone) return "";
    auto* const session = static_cast<gnutls_session_t>(session_of_library);
    unsigned count = 0;
    if (session == nullptr || gnutls_certificate_get_peers(session, &count) == nullptr ||
        count == 0) {
        return setup.client_auth == ClientAuth::kRequire
                   ? "a client certificate is needed here, and none was shown"
                   : "";
    }
    // Chain, signatures, times and the purpose of a client; its name is checked below.
    gnutls_typed_vdata_st purpose{};
    purpose.type = GNUTLS_DT_KEY_PURPOSE_OID;
    purpose.data = reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT));
    unsigned status = 0;
    if (const int code = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
        code != 0) {
        return fmt::format("the client certificate cannot be verified: {}", gnutls_strerror(code));
    }
    if (status != 0) {
        if ((status & GNUTLS_CERT_EXPIRED) != 0) return "the client certificate has expired";
        if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0) {
            return "the client certificate does not hold yet";
        }
        return "the client certificate is not of those who are trusted here";
    }
    if (!setup.client_allowed_sans.empty() &&
        !has_allowed_name(session, setup.client_allowed_sans)) {
        return "the client certificate has no name of client_allowed_sans";
    }
    return "";
}

}  // namespace lull
