// How far everything fell together: a robust centre of log(observed / expected) over countries. One
// country cannot move it, so a country is judged against what is left when the common part is taken
// out; a tap that loses half its packets is no country's outage.
#pragma once

#include <cstddef>
#include <vector>

namespace lull {

struct CommonFall {
    double ratio = 1;           // e^g, 1 = none; only the part that is beyond chance, never above 1
    std::size_t countries = 0;  // that took part
    bool known = false;         // those were enough
    double centre = 0;          // g itself, of either sign
};

/// Fewer countries than this have no centre worth the name (detection.md §2.1).
inline constexpr std::size_t kCommonFallCountries = 8;
/// Expected events that a country needs in a tick to take part.
inline constexpr double kCommonFallEvents = 4;

/// One country's share of the centre.
double log_fall(double observed, double expected);
/// Takes the logs of all who take part (reordered); median after trimming beyond 4 IQR.
CommonFall common_fall(std::vector<double>& logs);

}  // namespace lull
