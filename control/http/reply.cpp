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

/// A response of `body`, which it holds and does not copy.
MHD_Response* response_of(Bodies::Body body) {
    auto held = std::make_unique<Bodies::Body>(std::move(body));
    const std::string& text = **held;
    MHD_Response* const response = MHD_create_response_from_buffer_with_free_callback_cls(
        text.size(), const_cast<char*>(text.data()),
        [](void* one) { delete static_cast<Bodies::Body*>(one); }, held.get());
    if (response != nullptr) static_cast<void>(held.release());
    return response;
}

}  // namespace

std::string header_of(MHD_Connection* connection, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != nullptr ? value : "";
}

void begins(Patience& patience, MHD_Connection* connection, Patience::Doing doing) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info != nullptr && info->socket_context != nullptr) {
        patience.begins(*static_cast<Patience::Client*>(info->socket_context), doing);
    }
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
MHD_Result Reply::queue(unsigned status, MHD_Response* response, Headers headers,
                        Patience::Doing then) const {
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
    begins(patience_, connection_, then);
    const MHD_Result result = MHD_queue_response(connection_, status, response);
    MHD_destroy_response(response);
    return result;
}

MHD_Result Reply::send(Response reply, const Headers& more, RouteCache cache) const {
    const bool kept = cache == RouteCache::kCheck && reply.status == MHD_HTTP_OK;
    Headers headers = headers_of(reply, kept ? "no-cache" : "no-store");
    headers.insert(headers.end(), more.begin(), more.end());
    unsigned status = reply.status;
    const std::string& body = reply.shared ? *reply.shared : reply.body;
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
        }
        headers.emplace_back("ETag", std::move(tag));
    }
    Bodies::Body held;
    if (status == MHD_HTTP_NOT_MODIFIED) {
        held = bodies_.hold("");
    } else if (auto packed = packs ? gzipped(body) : std::nullopt) {
        held = bodies_.hold(std::move(*packed));
        headers.emplace_back("Content-Encoding", "gzip");
    } else {
        held = reply.shared ? std::move(reply.shared) : bodies_.hold(std::move(reply.body));
    }
    if (held == nullptr) {
        return send(error_response(503, "too many large answers are being taken by slow clients"),
                    {{"Retry-After", "30"}});
    }
    return queue(status, response_of(std::move(held)), std::move(headers), Patience::Doing::kTakes);
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
    return queue(MHD_HTTP_OK, response, std::move(headers), Patience::Doing::kListens);
}

}  // namespace lull
