// A request on its way to lull: what the library hands over piece by piece, as a Request. Of the
// server alone.
#pragma once

#include <microhttpd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "control/http/gate.h"
#include "control/http/server.h"

namespace lull {

/// Made when a request's headers are complete, freed when it is answered.
struct Exchange {
    std::size_t body_bytes = 0;
    std::string body;  // the first of them
    std::optional<Response> response;
    RouteCache cache = RouteCache::kNever;  // of the response
    std::optional<Gate::Verdict> verdict;   // on its password
};

/// A request without its body.
Request request_of(MHD_Connection* connection, const char* url, const char* method);

/// Decodes a path or a query's part in place; its length. For MHD_OPTION_UNESCAPE_CALLBACK.
std::size_t unescape(void*, MHD_Connection*, char* text);

bool matches(const Route& route, const std::string& path);

/// What the route's handler answers. An exception of it costs this request and nothing else.
Response guarded(const Route& route, const Request& request);

}  // namespace lull
