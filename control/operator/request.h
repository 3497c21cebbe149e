// What an operator asks of a running lull, read from a path and the JSON body that came with it.
// Pure. Every bound on an operator's words is here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

namespace lull {

struct AcknowledgeIncident {
    uint64_t id = 0;
    std::string by;
    std::string note;  // may be ""
};
struct AnnotateIncident {
    uint64_t id = 0;
    std::string by;
    std::string text;
};
struct CloseIncident {
    uint64_t id = 0;
    std::string by;
    std::string why;
};
/// Of a port group, a country, or, with neither, the site.
struct AddMaintenance {
    std::string group;               // or one of its ports
    std::string country;             // an ISO code that exists
    std::optional<int64_t> from_ns;  // scenario time; none: from now on
    double for_s = 0;                // at most kMostMaintenance_s
    std::string note;
    std::string by;
};
struct RemoveMaintenance {
    uint64_t id = 0;
};
using OperatorRequest = std::variant<AcknowledgeIncident, AnnotateIncident, CloseIncident,
                                     AddMaintenance, RemoveMaintenance>;

inline constexpr std::size_t kMostRequestBytes = 8 * 1024;  // the whole body
inline constexpr std::size_t kMostNameBytes = 64;
inline constexpr std::size_t kMostTextBytes = 1000;
inline constexpr std::size_t kMostNoteBytes = 80;  // of maintenance, as in calendar.yaml

/// Why it is none: an HTTP status, 400 or 404, and a sentence.
struct RequestError {
    unsigned status = 400;
    std::string message;
};
template <typename T>
using RequestResult = tl::expected<T, RequestError>;

/// `below`: what comes after "/api/v1/incidents/": "7/ack" {by, note}, "7/note" {by, text},
/// "7/close" {by, why}. `text` and `why` are required; an empty body is {}. Unknown keys, other
/// types, and text that is too long or not one printable line are refused.
RequestResult<OperatorRequest> read_incident_request(std::string_view below, std::string_view body);

/// {group or country or neither, from: a time, for: a duration, note, by}; `for` is required.
RequestResult<OperatorRequest> read_maintenance(std::string_view body);
/// `below`: what comes after "/api/v1/maintenance/" of a DELETE.
RequestResult<OperatorRequest> read_maintenance_removal(std::string_view below);

}  // namespace lull
