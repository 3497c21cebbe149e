#include "control/http/operator_routes.h"

#include "control/export/json.h"

namespace lull {
namespace {

constexpr std::string_view kIncidents = "/api/v1/incidents/";
constexpr std::string_view kMaintenance = "/api/v1/maintenance/";

/// The checks that all of them share, around `read`: request -> RequestResult<OperatorRequest>.
template <typename Read>
Handler telling(const AskOperator& ask, Read read) {
    return [ask, read](const Request& request) -> Response {
        if (!ask) {
            return error_response(403,
                                  "lull takes no word over HTTP: set http.enable_lifecycle: true");
        }
        // lull's own page has no button for this: a browser that sends it was made to by another's.
        if (!request.origin.empty()) {
            return error_response(403, "this is not taken from a web page");
        }
        auto asked = read(request);
        if (!asked) {
            return error_response(asked.error().status, asked.error().message);
        }
        const auto reply = ask(std::move(*asked));
        if (!reply) {
            return error_response(503, "lull did not come to it, and it is not done: try again");
        }
        Response response;
        response.status = reply->status;
        response.body = dump_json(reply->body);
        return response;
    };
}

}  // namespace

std::vector<Route> operator_routes(AskOperator ask) {
    return {{"POST", std::string(kIncidents),
             telling(ask,
                     [](const Request& request) {
                         return read_incident_request(
                             std::string_view(request.path).substr(kIncidents.size()),
                             request.body);
                     }),
             RouteRun::kAlone, kMostRequestBytes},
            {"POST", std::string(kMaintenance.substr(0, kMaintenance.size() - 1)),
             telling(ask, [](const Request& request) { return read_maintenance(request.body); }),
             RouteRun::kAlone, kMostRequestBytes},
            {"DELETE", std::string(kMaintenance),
             telling(ask,
                     [](const Request& request) {
                         return read_maintenance_removal(
                             std::string_view(request.path).substr(kMaintenance.size()));
                     }),
             RouteRun::kAlone}};
}

}  // namespace lull
