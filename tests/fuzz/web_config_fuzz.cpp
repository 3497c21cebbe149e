// Any bytes as the web configuration: problems, each a line that a terminal can show; or settings
// that hold together, none of which adds a line to an answer's head, a user that no login can name,
// or a word to what GnuTLS is told.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/http/web_config.h"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool in_one_line(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

void check_problems(const lull::ConfigErrors& errors) {
    require(!errors.problems.empty());
    for (const std::string& problem : errors.problems) {
        require(std::none_of(problem.begin(), problem.end(),
                             [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
    }
}

void check_tls(const lull::TlsSection& tls) {
    require(!tls.cert_file.empty() && !tls.key_file.empty());
    require((tls.client_auth != lull::ClientAuth::kNone) == tls.client_ca_file.has_value());
    require(tls.client_allowed_sans.empty() || tls.client_auth == lull::ClientAuth::kRequire);
    require(tls.min_version <= tls.max_version);
    require(!lull::named_suites(tls).empty());
    const std::string words = lull::tls_priorities(tls);
    require(words.starts_with("NORMAL:-VERS-ALL:+VERS-TLS1."));
    require(std::all_of(words.begin(), words.end(), [](unsigned char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(":+-._%").find(static_cast<char>(c)) != std::string_view::npos;
    }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto config = lull::parse_web_config(text, "/etc/lull/web.yaml");
    if (!config) {
        check_problems(config.error());
        return 0;
    }
    if (config->tls) check_tls(*config->tls);
    for (const auto& [name, value] : config->headers) {
        require(in_one_line(name) && in_one_line(value) && !value.empty());
    }
    for (const auto& [name, hash] : config->users) {
        require(!name.empty() && name.size() <= 256 && name.find(':') == std::string::npos);
        require(hash.size() == 60 && hash.starts_with("$2") && in_one_line(hash));
    }
    return 0;
}
