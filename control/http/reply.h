// An answer on its way to a client: headers that every one has, entity tags, gzip, and what sleeps
// until there is more. Of the server alone.
#pragma once

#include <microhttpd.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/http/bodies.h"
#include "control/http/counts.h"
#include "control/http/patience.h"
#include "control/http/server.h"
#include "control/http/streams.h"

namespace lull {

/// A request's header; "" where it has none.
std::string header_of(MHD_Connection* connection, const char* name);

/// A connection's deadline, if it has one: the library's socket context is its Patience::Client.
void begins(Patience& patience, MHD_Connection* connection, Patience::Doing doing);

class Reply {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// `own` are the operator's, in place of lull's of the same name; they outlive the reply.
    Reply(MHD_Connection* connection, const std::map<std::string, std::string>& own, Bodies& bodies,
          Patience& patience)
        : connection_(connection), own_(own), bodies_(bodies), patience_(patience) {}

    MHD_Result send(Response response, const Headers& more = {},
                    RouteCache cache = RouteCache::kNever) const;
    /// `first`, and what the reader is told from then on; null: there are too many.
    MHD_Result send_stream(const Response& first, Streams& streams,
                           const std::shared_ptr<ServerCounts>& counts) const;

  private:
    [[nodiscard]] Headers headers_of(const Response& response, const char* cache_control) const;
    MHD_Result queue(unsigned status, MHD_Response* response, Headers headers,
                     Patience::Doing then) const;

    MHD_Connection* connection_;
    const std::map<std::string, std::string>& own_;
    Bodies& bodies_;
    Patience& patience_;
};

}  // namespace lull
