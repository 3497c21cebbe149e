// `/`: the view as one self-contained HTML page for people: what is the matter in a sentence, open
// incidents, sensors, and all countries, the furthest below expectation first. No script, nothing
// from elsewhere; it asks again every ten seconds.
#pragma once

#include <string>

#include "control/view.h"

namespace lull {

/// `version` is shown at the foot.
std::string render_page(const View& view, std::string_view version);
/// Before the first view.
std::string render_waiting_page(std::string_view version);

/// What the page needs beyond default-src 'none'.
inline constexpr const char* kPageContentSecurity = "style-src 'unsafe-inline'; img-src data:";

}  // namespace lull
