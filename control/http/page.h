// `/`: the view as one self-contained HTML page for people. What is written here, the sentence,
// open incidents, sensors and all countries, is for browsers without JavaScript, which ask again
// every ten seconds; in others the page's own script (control/web/) puts map, charts and live
// numbers in its place.
#pragma once

#include <string>
#include <string_view>

#include "control/view.h"

namespace lull {

/// `version` is shown at the foot.
std::string render_page(const View& view, std::string_view version);
/// Of it what stands in the frame (page_frame.h): HTML without a script or a style.
std::string render_content(const View& view, std::string_view version);
/// Before the first view.
std::string render_waiting_page(std::string_view version);

}  // namespace lull
