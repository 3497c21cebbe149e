// The built page (control/web/page.html) as a frame for what the server writes, and the content
// security policy that allows its own script and style and nothing else.
#pragma once

#include <string>
#include <string_view>

namespace lull {

/// The frame with `title`, which is escaped here, and `content`, which is HTML.
std::string fill_page(std::string_view title, std::string_view content);

/// What the page needs beyond default-src 'none': its one script and its one style by their SHA-256
/// (CSP3, 2.3.1), the monitor's own paths, and images that are in the page.
const std::string& page_content_security();

}  // namespace lull
