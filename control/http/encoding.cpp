#include "control/http/encoding.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "control/origins/sha256.h"

namespace lull {
namespace {

constexpr std::size_t kTagDigits = 16;

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// What stands before `mark`; the rest stays in `text`.
std::string_view take_until(std::string_view& text, char mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part);
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

/// "q=0", "q=0.000": a weight that says no.
bool is_refusal(std::string_view parameter) {
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q')) return false;
    return parameter[1] == '=' && parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        std::string_view entry = take_until(accept_encoding, ',');
        const std::string_view coding = take_until(entry, ';');
        const bool taken = !is_refusal(trimmed(entry));
        if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return taken;
        any = any || (coding == "*" && taken);
    }
    return any;
}

std::optional<std::string> gzipped(std::string_view body) {
    constexpr int kGzipWrapper =
        15 + 16;  // the largest window, and gzip's header instead of zlib's
    constexpr int kMemoryLevel = 8;
    z_stream stream{};
    // The quickest level: metrics shrink to a tenth with it, and a scrape waits for it.
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWrapper, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return std::nullopt;
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) return std::nullopt;
    return out;
}

std::string entity_tag(std::string_view body) {
    Sha256 hash;
    hash.add(std::span(reinterpret_cast<const uint8_t*>(body.data()), body.size()));
    return '"' + to_hex(hash.finish()).substr(0, kTagDigits) + '"';
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
    while (!if_none_match.empty()) {
        std::string_view one = take_until(if_none_match, ',');
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

}  // namespace lull
