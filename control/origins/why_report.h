// What `lull table lookup --why` adds to an address, for people and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/origins/why.h"

namespace lull {

/// Lines that are indented below the address.
std::string why_text(const SourcesAgain& again, const Why& why, const LookupResult& found);

/// {"asn","country","class": each {"by", "kind","path" and "prefix" where a source or the rule of a
/// prefix decided}, "sources":[{"kind","path","state","country","country_prefix","asn",
/// "asn_prefix"}], "now": what the sources say today, null if that is what the table says}; `state`
/// is same, changed or unreadable, the latter with a "problem".
nlohmann::ordered_json why_json(const SourcesAgain& again, const Why& why,
                                const LookupResult& found);

}  // namespace lull
