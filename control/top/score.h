// How likely it is that a country is lost, as one number to sort by. Pure.
#pragma once

#include "control/top/board.h"

namespace lull {

/// Natural logarithm of how much better a fall to what was seen explains the last tick than the
/// expectation does: a likelihood ratio of the negative binomial with the country's own dispersion.
/// 0 where nothing is expected or no less was seen. A country of one flow an hour has next to
/// nothing to show in ten seconds, whatever its ratio.
double fall_evidence(const TopRow& row, double tick_s);

/// 0 to 100: what lull has decided, and the last tick's evidence on top.
///   decided   outage 50, partial_outage 40, unstable 35, suspect 25, any other open incident 20,
///             probation 10; while a country is down, by its incident's scope: lost 20, unproven
///             10, moved 5, gone_here 0
///   evidence  up to 30: 30 E / (E + 10), where E is fall_evidence times coverage; a fifth of it
///             when not even a full collapse could be proven; 0 when blind or learning
double loss_score(const TopRow& row, double tick_s);

}  // namespace lull
