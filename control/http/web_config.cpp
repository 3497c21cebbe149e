#include "control/http/web_config.h"

#include <algorithm>
#include <array>

#include "control/config/loader.h"
#include "control/files.h"

namespace lull {
namespace {

constexpr std::size_t kMaxUsers = 1000;
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxHeaderBytes = 4096;
constexpr std::size_t kMaxSans = 1000;
constexpr unsigned kMinCost = 4, kMaxCost = 16;  // bcrypt's least; 16 takes some three seconds

/// One of TLS 1.2's suites, or of 1.3's, which have a cipher alone.
struct Suite {
    std::string_view name, exchange, cipher, mac;
};
constexpr std::array<Suite, 13> kSuites{
    {{"TLS_AES_128_GCM_SHA256", "", "AES-128-GCM", "AEAD"},
     {"TLS_AES_256_GCM_SHA384", "", "AES-256-GCM", "AEAD"},
     {"TLS_CHACHA20_POLY1305_SHA256", "", "CHACHA20-POLY1305", "AEAD"},
     {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", "AEAD"},
     {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", "AEAD"},
     {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", "AEAD"},
     {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", "AEAD"},
     {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
     {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
     {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
     {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
     {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
     {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA", "AES-256-CBC", "SHA1"}}};
/// Those without CBC, which has had a decade of attacks: when the file names none.
constexpr std::size_t kSafeSuites = 9;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kCurves{
    {{"X25519", "GROUP-X25519"},
     {"CurveP256", "GROUP-SECP256R1"},
     {"CurveP384", "GROUP-SECP384R1"},
     {"CurveP521", "GROUP-SECP521R1"}}};

const Suite* find_suite(std::string_view name) {
    const auto found = std::find_if(kSuites.begin(), kSuites.end(),
                                    [&](const Suite& suite) { return suite.name == name; });
    return found == kSuites.end() ? nullptr : &*found;
}

/// A word of a table, or a suggestion.
template <typename Table, typename NameOf>
void read_name(const Value& value, std::string& out, const Table& table, const NameOf& name_of) {
    const auto text = value.text("one of its names");
    if (!text) return;
    std::vector<std::string_view> names;
    for (const auto& entry : table) names.push_back(name_of(entry));
    if (std::find(names.begin(), names.end(), *text) == names.end()) {
        value.fail(fmt::format("{}: lull has no such one: {}", in_quotes(*text),
                               suggestion(*text, names)));
        return;
    }
    out = *text;
}

struct SuiteRule {
    void read(const Value& value, std::string& out) const {
        read_name(value, out, kSuites, [](const Suite& suite) { return suite.name; });
    }
};

struct CurveRule {
    void read(const Value& value, std::string& out) const {
        read_name(value, out, kCurves, [](const auto& curve) { return curve.first; });
    }
};

/// A key that exporter-toolkit knows and lull refuses, whatever it holds.
struct Refused {};
struct RefusedRule {
    std::string_view reason;
    void read(const Value& value, Refused&) const { value.fail(reason); }
};

struct Http2Rule {
    void read(const Value& value, bool& out) const {
        SwitchRule{}.read(value, out);
        if (out) value.fail("lull speaks HTTP/1.1 alone: write false, or remove the key");
    }
};

/// A file's name, relative to the folder of the web configuration.
struct FileRule {
    std::string_view folder;
    void read(const Value& value, std::string& out) const {
        std::string name;
        TextRule{4096}.read(value, name);
        if (name.empty()) return;
        out = name.front() == '/' ? name : std::string(folder) + name;
    }
};

struct VersionRule {
    void read(const Value& value, TlsVersion& out) const {
        const auto text = value.text("TLS12 or TLS13");
        if (!text) return;
        if (*text == "TLS10" || *text == "TLS11") {
            value.fail(fmt::format("{}: RFC 8996 forbids it: write TLS12 or TLS13", *text));
        } else if (*text != "TLS12" && *text != "TLS13") {
            value.fail(fmt::format("{}: write TLS12 or TLS13", in_quotes(*text)));
        }
        out = *text == "TLS13" ? TlsVersion::kTls13 : TlsVersion::kTls12;
    }
};

struct ClientAuthRule {
    void read(const Value& value, ClientAuth& out) const {
        const auto text = value.text("one of its words");
        if (!text) return;
        constexpr std::array<std::string_view, 3> kNames{"NoClientCert", "VerifyClientCertIfGiven",
                                                         "RequireAndVerifyClientCert"};
        const auto found = std::find(kNames.begin(), kNames.end(), *text);
        if (found != kNames.end()) {
            out = static_cast<ClientAuth>(found - kNames.begin());
        } else if (*text == "RequestClientCert" || *text == "RequireAnyClientCert" ||
                   *text == "RequireClientCert") {
            value.fail(
                fmt::format("{}: a certificate that nobody verifies proves nothing, and lull "
                            "does not ask for one: write RequireAndVerifyClientCert",
                            *text));
        } else {
            value.fail(fmt::format("{}: no such word here: {}", in_quotes(*text),
                                   suggestion(*text, kNames)));
        }
    }
};

/// A header's value: `words` are all that it may be, none: any text that keeps within its line.
struct HeaderRule {
    std::string_view name;
    std::vector<std::string_view> words;
    void read(const Value& value, std::map<std::string, std::string>& out) const {
        const std::size_t problems_before = value.context().problems.count();
        std::string text;
        TextRule{kMaxHeaderBytes}.read(value, text);
        if (value.context().problems.count() > problems_before) return;
        const bool printable = std::all_of(text.begin(), text.end(),
                                           [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
        if (!printable || text.empty()) {
            return value.fail("needs a text of printable ASCII characters in one line");
        }
        std::string lower = text;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (!words.empty() && std::find(words.begin(), words.end(), lower) == words.end()) {
            return value.fail(fmt::format("{}: {}", in_quotes(text), suggestion(lower, words)));
        }
        out[std::string(name)] = text;
    }
};

/// "$2y$10$" and 53 characters of bcrypt's base64. What is wrong with it never shows the hash.
std::string_view problem_of_hash(std::string_view hash) {
    if (hash.size() < 4 || !hash.starts_with("$2") || hash[3] != '$' ||
        (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y')) {
        return "no bcrypt hash: make one with `htpasswd -nBC 10 \"\"`, and write what follows the "
               "colon";
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (hash.size() != 60 || !is_digit(hash[4]) || !is_digit(hash[5]) || hash[6] != '$') {
        return "a bcrypt hash has 60 characters, $2y$10$ and 53 more: is it cut?";
    }
    const auto in_alphabet = [&](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '/';
    };
    if (!std::all_of(hash.begin() + 7, hash.end(), in_alphabet)) {
        return "it has a character that no bcrypt hash has";
    }
    const auto cost = static_cast<unsigned>((hash[4] - '0') * 10 + (hash[5] - '0'));
    if (cost < kMinCost || cost > kMaxCost) {
        return "its cost is not one of 4 to 16: above, a login would take many seconds";
    }
    return "";
}

struct UsersRule {
    void read(const Value& value, std::map<std::string, std::string>& out) const {
        const YamlNode& node = value.node();
        if (node.kind == YamlNode::Kind::kNull) return;
        if (node.kind != YamlNode::Kind::kMapping) {
            return value.fail("needs a mapping: below it, each user as `name: bcrypt hash`");
        }
        if (node.keys.size() > kMaxUsers) {
            return value.fail(fmt::format("more than {} users", kMaxUsers));
        }
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const std::string& name = node.keys[i].text;
            if (problem_of_hash(name).empty()) {  // and a message must not show it
                value.fail("a hash stands where a user's name belongs: write `name: bcrypt hash`");
                continue;
            }
            const Value hash(node.items[i], fmt::format("{}.{}", value.path(), in_quotes(name)),
                             value.context());
            if (name.empty() || name.size() > kMaxNameBytes ||
                name.find(':') != std::string::npos) {
                hash.fail("a user's name has 1 to 256 characters, and no colon");
                continue;
            }
            const auto text = hash.text("a bcrypt hash");
            if (!text) continue;
            if (const std::string_view problem = problem_of_hash(*text); !problem.empty()) {
                hash.fail(problem);
            } else {
                out[name] = *text;
            }
        }
    }
};

}  // namespace

// The schema; found by the loader through its arguments, so not in the unnamed namespace.

/// What the file is read into: the sections that are there, and where paths begin.
struct WebConfigFile {
    std::string folder;
    struct Http {
        bool http2 = false;
        struct Headers {
            std::map<std::string, std::string> values;
        } headers;
    } http;
    struct Tls {
        std::string_view folder;
        TlsSection section;
    } tls;
    std::map<std::string, std::string> users;
};

template <typename Visitor>
void describe(Visitor& v, WebConfigFile::Tls& s) {
    constexpr std::string_view kFiles = "lull reads certificates and keys from files: write ";
    Refused refused;
    TlsSection& section = s.section;
    v.key("cert_file", section.cert_file, FileRule{s.folder});
    v.key("key_file", section.key_file, FileRule{s.folder});
    v.key("client_auth_type", section.client_auth, ClientAuthRule{});
    v.key("client_ca_file", section.client_ca_file, OptionalRule{FileRule{s.folder}});
    v.key("client_allowed_sans", section.client_allowed_sans, ListRule{TextRule{}, kMaxSans});
    v.key("min_version", section.min_version, VersionRule{});
    v.key("max_version", section.max_version, VersionRule{});
    v.key("cipher_suites", section.cipher_suites, ListRule{SuiteRule{}, kSuites.size()});
    v.key("curve_preferences", section.curve_preferences, ListRule{CurveRule{}, kCurves.size()});
    v.key("prefer_server_cipher_suites", section.prefer_server_cipher_suites, SwitchRule{});
    for (const auto& [key, file] : {std::pair<const char*, const char*>{"cert", "cert_file"},
                                    {"key", "key_file"},
                                    {"client_ca", "client_ca_file"}}) {
        v.key(key, refused, RefusedRule{fmt::format("{}{}", kFiles, file)});
    }
}

template <typename Visitor>
void describe(Visitor& v, WebConfigFile::Http::Headers& s) {
    for (const HeaderRule& rule :
         {HeaderRule{"Strict-Transport-Security", {}}, HeaderRule{"Content-Security-Policy", {}},
          HeaderRule{"X-Frame-Options", {"deny", "sameorigin"}},
          HeaderRule{"X-Content-Type-Options", {"nosniff"}},
          HeaderRule{"X-XSS-Protection", {"0", "1", "1; mode=block"}}}) {
        v.key(rule.name, s.values, rule);
    }
}

template <typename Visitor>
void describe(Visitor& v, WebConfigFile::Http& s) {
    v.key("http2", s.http2, Http2Rule{});
    v.section("headers", s.headers);
}

template <typename Visitor>
void describe(Visitor& v, WebConfigFile& s) {
    Refused refused;
    v.section("tls_server_config", s.tls);
    v.section("http_server_config", s.http);
    v.key("basic_auth_users", s.users, UsersRule{});
    v.key("rate_limit", refused,
          RefusedRule{"lull limits connections and wrong passwords by itself: remove the key"});
}

namespace {

/// What no single key can tell.
void cross_check(const TlsSection& tls, const std::map<std::string, Place>& places,
                 Problems& problems) {
    const auto fail = [&](const char* key, std::string_view message) {
        const std::string path = fmt::format("tls_server_config.{}", key);
        const auto found = places.find(path);
        problems.add(found != places.end() ? found->second : places.at("tls_server_config"), path,
                     message);
    };
    if (tls.cert_file.empty()) fail("cert_file", "is missing: it has no default");
    if (tls.key_file.empty()) fail("key_file", "is missing: it has no default");
    if (tls.client_auth != ClientAuth::kNone && !tls.client_ca_file) {
        fail("client_ca_file", "is missing: what is a client's certificate to be verified with?");
    }
    if (tls.client_auth == ClientAuth::kNone && tls.client_ca_file) {
        fail("client_ca_file",
             "without client_auth_type nobody is asked for a certificate: write "
             "RequireAndVerifyClientCert there");
    }
    if (tls.client_auth != ClientAuth::kRequire && !tls.client_allowed_sans.empty()) {
        fail("client_allowed_sans", "needs client_auth_type: RequireAndVerifyClientCert");
    }
    if (tls.min_version > tls.max_version) fail("min_version", "is above max_version");
    // GnuTLS takes key exchanges, ciphers and MACs apart; whatever they make together is allowed.
    const std::vector<std::string> named = named_suites(tls);
    for (const Suite& suite : kSuites) {
        const auto has = [&](auto member) {
            return std::any_of(named.begin(), named.end(), [&](const std::string& name) {
                return find_suite(name)->*member == suite.*member;
            });
        };
        if (!suite.exchange.empty() && has(&Suite::exchange) && has(&Suite::cipher) &&
            has(&Suite::mac) && std::find(named.begin(), named.end(), suite.name) == named.end()) {
            fail("cipher_suites", fmt::format("GnuTLS allows {} along with these: name it too, or "
                                              "leave out those of its cipher or its key exchange",
                                              suite.name));
        }
    }
}

}  // namespace

std::vector<std::string> named_suites(const TlsSection& section) {
    if (!section.cipher_suites.empty()) return section.cipher_suites;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kSafeSuites; ++i) names.emplace_back(kSuites[i].name);
    return names;
}

std::string tls_priorities(const TlsSection& section) {
    std::string text = "NORMAL:-VERS-ALL";
    if (section.max_version == TlsVersion::kTls13) text += ":+VERS-TLS1.3";
    if (section.min_version == TlsVersion::kTls12) text += ":+VERS-TLS1.2";
    text += ":-KX-ALL:-CIPHER-ALL:-MAC-ALL";
    const auto add = [&](std::string_view word) {
        const std::string addition = fmt::format(":+{}", word);
        if (!word.empty() && (text + ":").find(addition + ":") == std::string::npos) {
            text += addition;
        }
    };
    for (const std::string& name : named_suites(section)) {
        const Suite& suite = *find_suite(name);
        add(suite.exchange);
        add(suite.cipher);
        add(suite.mac);
    }
    if (text.find(":+ECDHE") == std::string::npos)
        add("ECDHE-RSA");  // GnuTLS wants one to be there
    if (!section.curve_preferences.empty()) text += ":-GROUP-ALL";
    for (const std::string& name : section.curve_preferences) {
        for (const auto& [curve, group] : kCurves) {
            if (curve == name) add(group);
        }
    }
    if (section.prefer_server_cipher_suites) text += ":%SERVER_PRECEDENCE";
    return text;
}

tl::expected<WebConfig, ConfigErrors> parse_web_config(const std::string& text,
                                                       const std::string& path) {
    Problems problems(path);
    WebConfigFile file;
    const std::size_t slash = path.rfind('/');
    file.folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    file.tls.folder = file.folder;
    const std::optional<YamlNode> root = read_yaml(text, problems);
    std::map<std::string, Place> places;
    if (root && root->kind != YamlNode::Kind::kNull) {
        const CountryKnown no_country = [](std::string_view) { return false; };
        ReadContext context{problems, places, no_country};
        Loader::load(*root, "", file, context);
    }
    const YamlNode* tls =
        root && root->kind == YamlNode::Kind::kMapping ? root->find("tls_server_config") : nullptr;
    const bool has_tls =
        tls != nullptr && tls->kind == YamlNode::Kind::kMapping && !tls->keys.empty();
    if (has_tls && problems.count() == 0) cross_check(file.tls.section, places, problems);
    if (problems.count() > 0) return tl::unexpected(problems.errors());
    WebConfig config;
    if (has_tls) config.tls = std::move(file.tls.section);
    config.headers = std::move(file.http.headers.values);
    config.users = std::move(file.users);
    return config;
}

tl::expected<WebConfig, ConfigErrors> load_web_config(const std::string& path) {
    const auto text = read_file(path, kMaxYamlBytes);
    if (!text) return tl::unexpected(ConfigErrors{{text.error().message}});
    return parse_web_config(*text, path);
}

}  // namespace lull
