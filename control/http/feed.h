// /feed.atom: the newest incidents as an Atom feed (RFC 4287), for feed readers and chat rooms. All
// text of others is escaped, and what XML cannot carry becomes '?'. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "control/view.h"

namespace lull {

inline constexpr const char* kAtomContentType = "application/atom+xml; charset=utf-8";
inline constexpr std::size_t kFeedEntries = 50;

struct FeedFrame {
    /// http.external_url without a password; "": links are relative to where the feed is read, so
    /// that no header of a request gets into it.
    std::string base_url{};
    std::string version{};
};

/// Those that changed last come first. An entry keeps its id for good; its `updated` is the last
/// change of state, word of an operator, or end.
std::string atom_feed(const View& view, const FeedFrame& frame);

/// Text as XML has it, also in attributes.
std::string escape_xml(std::string_view text);

}  // namespace lull
