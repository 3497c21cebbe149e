// An answer on its way to a client: headers that every one has, entity tags, gzip, and what sleeps
// until there is more. Of the server alone: it and this are the only files that name the library.
#pragma once

#include <microhttpd.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/http/counts.h"
#include "control/http/server.h"
#include "control/http/streams.h"

namespace lull {

/// A request's header; "" where it has none.
std::string header_of(MHD_Connection* connection, const char* name);

class Reply {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// `own` are the operator's, in place of lull's of the same name; they outlive the reply.
    Reply(MHD_Connection* connection, const std::map<std::string, std::string>& own)
        : connection_(connection), own_(own) {}

    MHD_Result send(const Response& response, const Headers& more = {},
                    RouteCache cache = RouteCache::kNever) const;
    /// `first`, and what the reader is told from then on; null: there are too many.
    MHD_Result send_stream(const Response& first, Streams& streams,
                           const std::shared_ptr<ServerCounts>& counts) const;

  private:
    [[nodiscard]] Headers headers_of(const Response& response, const char* cache_control) const;
    MHD_Result queue(unsigned status, MHD_Response* response, Headers headers) const;

    MHD_Connection* connection_;
    const std::map<std::string, std::string>& own_;
};

}  // namespace lull
