#include "control/http/page_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "control/http/html.h"
#include "control/origins/sha256.h"
#include "control/web/embedded.h"

namespace lull {
namespace {

std::string base64(std::span<const uint8_t> bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t given = std::min<std::size_t>(3, bytes.size() - at);
        uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (i < given ? bytes[at + i] : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= given ? kDigits[group >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

/// What stands between the first `open` and the `close` after it; empty when there is none.
std::string_view between(std::string_view page, std::string_view open, std::string_view close) {
    const std::size_t begin = page.find(open);
    const std::size_t end = begin == page.npos ? page.npos : page.find(close, begin);
    return end == page.npos ? std::string_view()
                            : page.substr(begin + open.size(), end - begin - open.size());
}

std::string hash_of(std::string_view text) {
    Sha256 sha256;
    sha256.add({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    return fmt::format("'sha256-{}'", base64(sha256.finish()));
}

}  // namespace

std::string fill_page(std::string_view title, std::string_view content) {
    constexpr std::string_view kTitle = "<!--lull-title-->", kContent = "<!--lull-content-->";
    const std::string_view page = embedded_page();
    const std::size_t title_at = page.find(kTitle);
    const std::size_t content_at = page.find(kContent);
    if (title_at == page.npos || content_at == page.npos || content_at < title_at) {
        return std::string(content);  // a page built wrongly: its test says so
    }
    const std::size_t middle = title_at + kTitle.size();
    std::string out;
    out.reserve(page.size() + title.size() + content.size());
    out.append(page.substr(0, title_at)).append(escape_html(title));
    out.append(page.substr(middle, content_at - middle)).append(content);
    out.append(page.substr(content_at + kContent.size()));
    return out;
}

const std::string& page_content_security() {
    static const std::string policy =
        fmt::format("script-src {}; style-src {}; img-src data:; connect-src 'self'",
                    hash_of(between(embedded_page(), "<script type=\"module\">", "</script>")),
                    hash_of(between(embedded_page(), "<style>", "</style>")));
    return policy;
}

}  // namespace lull
