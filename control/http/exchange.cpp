#include "control/http/exchange.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "control/log.h"

namespace lull {
namespace {

constexpr std::size_t kMaxQueryValues = 16;  // the paths know two; more is not for lull

/// Nothing of a message reaches the log that could forge a line or move a terminal's cursor.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, 300));
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    return out;
}

MHD_Result collect_query(void* target, MHD_ValueKind, const char* key, const char* value) {
    auto& query = *static_cast<std::map<std::string, std::string>*>(target);
    if (query.size() >= kMaxQueryValues) {
        return MHD_NO;
    }
    query[key] = value != nullptr ? value : "";
    return MHD_YES;
}

}  // namespace

Request request_of(MHD_Connection* connection, const char* url, const char* method) {
    Request request;
    request.method = std::strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ? "GET" : method;
    request.path = url;
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_query, &request.query);
    const char* origin =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
    request.origin = origin != nullptr ? origin : "";
    return request;
}

bool matches(const Route& route, const std::string& path) {
    if (route.path.size() > 1 && route.path.back() == '/') {
        return path.size() > route.path.size() && path.starts_with(route.path);
    }
    return path == route.path;
}

Response guarded(const Route& route, const Request& request) {
    try {
        return route.handler(request);
    } catch (const std::exception& error) {
        log_error("http: {} {} failed: {}", route.method, route.path, printable(error.what()));
    } catch (...) {
        log_error("http: {} {} failed", route.method, route.path);
    }
    return error_response(500, "this request failed inside lull; its log says why");
}

/// What is decoded reaches lull as far as a NUL: one that is asked for stays in its escape, and
/// names nothing.
std::size_t unescape(void*, MHD_Connection*, char* text) {
    return std::strstr(text, "%00") != nullptr ? std::strlen(text) : MHD_http_unescape(text);
}

}  // namespace lull
