// A view made by hand, for tests of what reads views: two ports, one worker, some countries, and
// North Korea three quarters of an hour into an outage.
#pragma once

#include <cstddef>

#include "control/view.h"

namespace lull::test {

/// Scenario time of its tick: 2014-12-22T17:00:00Z.
inline constexpr int64_t kSampleNowNs = 1'419'267'600'000'000'000;

/// `seen` countries besides ZZ and KP look normal, each with traffic; no incident.
View calm_view(std::size_t seen);
/// The same with KP's open incident.
View outage_view(std::size_t seen);
/// The id of KP and so on; the code must exist.
CountryId id_of(const char* code);

}  // namespace lull::test
