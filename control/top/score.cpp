// See score.h.
#include "control/top/score.h"

#include <algorithm>
#include <cmath>

#include "control/cusum.h"

namespace lull {
namespace {

constexpr double kEvidenceWeight = 30;
// Odds of e^10, about 22,000 to 1, count half.
constexpr double kEvidenceHalf = 10;
constexpr double kUnprovable = 0.2;
// As the detector's deepest fall: below it nothing is told apart.
constexpr double kDeepest = 0.02;
constexpr double kDispersionUsual = 30;
constexpr double kMostEvents = 1e12;  // keeps logarithms of what a stranger says finite

bool is_down(const TopRow& row) {
    return row.state == "outage" || row.state == "partial_outage" || row.state == "unstable";
}

double decided(const TopRow& row) {
    const double incident = row.kind.empty() ? 0 : 20;
    if (row.state == "suspect") return 25;
    if (row.state == "probation") return std::max(10.0, incident);
    if (!is_down(row)) return incident;
    const double state = row.state == "outage" ? 50 : row.state == "partial_outage" ? 40 : 35;
    return state + (row.scope == "lost"       ? 20
                    : row.scope == "unproven" ? 10
                    : row.scope == "moved"    ? 5
                                              : 0);
}

}  // namespace

double fall_evidence(const TopRow& row, double tick_s) {
    if (!row.expected_per_s || !row.observed_per_s || row.state == "learning" ||
        row.state == "blind") {
        return 0;
    }
    const double expected = std::min(*row.expected_per_s * tick_s, kMostEvents);
    const double observed = std::min(*row.observed_per_s * tick_s, kMostEvents);
    if (!(expected > 0) || !(observed < expected)) return 0;
    const double k = std::clamp(row.dispersion.value_or(kDispersionUsual), 1e-3, 1e6);
    const double ratio =
        nb_log_ratio(observed, std::max(observed, kDeepest * expected), expected, k);
    return std::isfinite(ratio) ? std::max(ratio, 0.0) : 0;
}

double loss_score(const TopRow& row, double tick_s) {
    const double evidence = fall_evidence(row, tick_s) *
                            std::clamp(row.coverage.value_or(1), 0.0, 1.0) *
                            (row.detectable_s ? 1 : kUnprovable);
    return decided(row) + kEvidenceWeight * evidence / (evidence + kEvidenceHalf);
}

}  // namespace lull
