#include "control/web/embedded.h"

// LULL_WEB_DIR is this folder's path, from CMakeLists.txt, which also rebuilds when a file changes.
// clang-format off
#define LULL_EMBED(name, file)                                                  \
    __asm__(".pushsection .rodata\n"                                            \
            ".global " #name "_begin\n"                                         \
            ".global " #name "_end\n"                                           \
            #name "_begin: .incbin \"" LULL_WEB_DIR "/" file "\"\n"             \
            #name "_end: .byte 0\n"                                             \
            ".popsection\n");                                                   \
    extern "C" const char name##_begin[] __attribute__((visibility("hidden"))); \
    extern "C" const char name##_end[] __attribute__((visibility("hidden")))
// clang-format on

LULL_EMBED(lull_web_page, "page.html");
LULL_EMBED(lull_web_atlas, "atlas-50m.json");

namespace lull {

std::string_view embedded_page() {
    return {lull_web_page_begin, static_cast<std::size_t>(lull_web_page_end - lull_web_page_begin)};
}

std::string_view embedded_atlas() {
    return {lull_web_atlas_begin,
            static_cast<std::size_t>(lull_web_atlas_end - lull_web_atlas_begin)};
}

}  // namespace lull
