#include "control/http/reply.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "control/http/encoding.h"

namespace lull {
namespace {

/// One client of the streams, held by its response.
struct StreamSlot {
    Streams& streams;
    std::shared_ptr<ServerCounts> counts;
    std::shared_ptr<StreamReader> reader;

    static ssize_t read(void* self, uint64_t, char* bytes, std::size_t room) {
        StreamSlot& slot = *static_cast<StreamSlot*>(self);
        const ssize_t count = slot.streams.read(*slot.reader, bytes, room);
        return count == Streams::kEnd ? MHD_CONTENT_READER_END_OF_STREAM : count;
    }
    static void close(void* self) {
        const std::unique_ptr<StreamSlot> slot(static_cast<StreamSlot*>(self));
        slot->streams.close(slot->reader);
        --slot->counts->streams_open;
    }
};

}  // namespace

std::string header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != nullptr ? value : "";
}

Reply::Headers Reply::headers_of(const Response& response, const char* cache_control) const {
    std::string policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    if (!response.content_security.empty()) {
        policy += "; " + response.content_security;
    }
    return {{"Content-Type", response.content_type},
            {"Cache-Control", cache_control},
            {"X-Content-Type-Options", "nosniff"},
            {"Referrer-Policy", "no-referrer"},
            {"X-Frame-Options", "DENY"},
            {"Content-Security-Policy", policy}};
}

/// Takes `response`, which may be null.
MHD_Result Reply::queue(unsigned status, MHD_Response* response, Headers headers) const {
    if (response == nullptr) {
        return MHD_NO;
    }
    for (const auto& [name, value] : own_) {
        const auto same = std::find_if(headers.begin(), headers.end(),
                                       [&key = name](const auto& one) { return one.first == key; });
        if (same != headers.end()) {
            same->second = value;
        } else {
            headers.emplace_back(name, value);
        }
    }
    for (const auto& [name, value] : headers) {
        MHD_add_response_header(response, name.c_str(), value.c_str());
    }
    const MHD_Result result = MHD_queue_response(connection_, status, response);
    MHD_destroy_response(response);
    return result;
}

MHD_Result Reply::send(const Response& reply, const Headers& more, RouteCache cache) const {
    const bool kept = cache == RouteCache::kCheck && reply.status == MHD_HTTP_OK;
    Headers headers = headers_of(reply, kept ? "no-cache" : "no-store");
    headers.insert(headers.end(), more.begin(), more.end());
    std::optional<std::string> packed;
    unsigned status = reply.status;
    std::string_view body = reply.body;
    const bool large = body.size() > kGzipFromBytes;
    const bool packs =
        large && accepts_gzip(header_of(connection_, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    if (large) {
        headers.emplace_back("Vary", "Accept-Encoding");
    }
    if (kept) {
        // Other bytes on the wire are another representation, and have another tag.
        std::string tag = entity_tag(body);
        if (packs) {
            tag.insert(tag.size() - 1, "-gzip");
        }
        if (names_tag(header_of(connection_, MHD_HTTP_HEADER_IF_NONE_MATCH), tag)) {
            status = MHD_HTTP_NOT_MODIFIED;
            body = {};
        }
        headers.emplace_back("ETag", std::move(tag));
    }
    if (packs && !body.empty() && (packed = gzipped(body))) {
        body = *packed;
        headers.emplace_back("Content-Encoding", "gzip");
    }
    return queue(status,
                 MHD_create_response_from_buffer(body.size(), const_cast<char*>(body.data()),
                                                 MHD_RESPMEM_MUST_COPY),
                 std::move(headers));
}

MHD_Result Reply::send_stream(const Response& first, Streams& streams,
                              const std::shared_ptr<ServerCounts>& counts) const {
    auto reader = streams.open(
        first.body, [connection = connection_] { MHD_suspend_connection(connection); },
        [connection = connection_] { MHD_resume_connection(connection); });
    if (reader == nullptr) {
        ++counts->streams_refused;
        return send(error_response(503,
                                   "too many streams are open already: ask /api/v1/status "
                                   "every few seconds instead"),
                    {{"Retry-After", "30"}});
    }
    ++counts->streams_open;
    auto slot = std::make_unique<StreamSlot>(StreamSlot{streams, counts, reader});
    constexpr std::size_t kBlockBytes = 1024;
    MHD_Response* response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, kBlockBytes, &StreamSlot::read, slot.get(), &StreamSlot::close);
    StreamSlot* const held = slot.release();  // the response closes it
    if (response == nullptr) {
        StreamSlot::close(held);
        return MHD_NO;
    }
    Headers headers = headers_of(first, "no-store");
    headers.emplace_back("X-Accel-Buffering", "no");  // a proxy is to hand on what comes at once
    return queue(MHD_HTTP_OK, response, std::move(headers));
}

}  // namespace lull
