#include "control/bgp/problem.h"

namespace lull {
namespace {

struct Words {
    std::string_view name;
    std::string_view text;
};

constexpr std::array<Words, kRouteProblems> kWords{{
    {"none", "nothing is wrong"},
    {"message_header", "a BGP header with an impossible length or type"},
    {"withdrawn_length", "withdrawn routes that reach beyond their message"},
    {"attribute_length", "path attributes that reach beyond what holds them"},
    {"prefix_cut", "a prefix that ends before its length says"},
    {"prefix_length", "a prefix length above 32 or 128"},
    {"as_path", "an AS path that is malformed"},
    {"multiprotocol", "multiprotocol routes that are cut short"},
    {"no_as_path", "routes without an AS path"},
    {"record_cut", "fields that reach beyond their record"},
    {"record_trailing", "octets that no field of the record accounts for"},
    {"address_family", "addresses that are neither IPv4 nor IPv6"},
    {"no_peer_table", "routes before the table of their peers"},
    {"peer_index", "a peer that is not in the table of peers"},
    {"peer_type", "a peer that is neither a neighbour nor a Loc-RIB"},
    {"peer_limit", "a peer above the number that is held"},
    {"not_update", "something else where an UPDATE must be"},
    {"not_open", "something else, or half of it, where an OPEN must be"},
    {"bmp_version", "a BMP version other than 3; what follows cannot be found"},
    {"bmp_length", "a BMP message of impossible length; what follows cannot be found"},
    {"file_cut", "the file ends inside this record"},
    {"record_too_long", "a record longer than any real one; what follows cannot be found"},
    {"stream", "the compressed data are damaged or cut short"},
}};

}  // namespace

std::string_view problem_name(RouteProblem problem) {
    return kWords[static_cast<std::size_t>(problem)].name;
}

std::string_view problem_text(RouteProblem problem) {
    return kWords[static_cast<std::size_t>(problem)].text;
}

}  // namespace lull
