// What a server says of itself: on /metrics, in /api/v1/status, and of doors that stand open.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/http/counts.h"
#include "control/http/server.h"
#include "control/http/web_access.h"

namespace lull {

class FamilyList;

/// With what http.web_config names, read; refused with its place.
Result<ServerOptions> server_options(const Config& config);

/// `access` null: no web configuration.
void add_server_families(const ServerCounts& counts, const WebAccess* access, FamilyList& list);
/// {"tls","users","web_config","web_config_error","streams"}
nlohmann::json server_json(const ServerCounts& counts, const WebAccess* access);

/// Why an address of http.listen is open to more than it should be; "" where it is not. `web` null:
/// no web configuration.
std::string warning_of_listener(const std::string& listen, const WebState* web);

/// Logs where the server listens, and warns of each such address.
void tell_listeners(const std::vector<std::string>& addresses, const WebAccess* access);

}  // namespace lull
