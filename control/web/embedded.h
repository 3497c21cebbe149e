// The built files of the page, as they lie in this folder: they are in the binary, so that nothing
// has to be installed beside it. README.md says how they are made.
#pragma once

#include <string_view>

namespace lull {

/// page.html: with the comments <!--lull-title--> and <!--lull-content--> where the server fills
/// in.
std::string_view embedded_page();
/// atlas-50m.json: TopoJSON of the countries' outlines, from Natural Earth (public domain).
std::string_view embedded_atlas();

}  // namespace lull
