// A recorded BMP stream as a source of routes beside MRT dumps: what a router said, as the routes
// of its peers. What it sends its neighbours (Adj-RIB-Out) is nobody's word but its own, said once
// more for each of them, and is left out and counted.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "control/bmp/counts.h"
#include "control/mrt/route.h"
#include "control/origins/line_reader.h"
#include "control/origins/progress.h"

namespace lull {

struct BmpFileReport {
    BmpCounts counts;
    uint64_t adj_rib_out = 0;  // routes left out
    Rejections rejected;       // "edge1.bmp: message 17: a prefix length above 32 or 128"
    std::string sha256;        // of the file
};

/// Whether the file begins as BMP does. An MRT dump begins with its time, which would be of 1971.
bool is_bmp(std::istream& raw);

/// Reads all of `raw`; `path` is used in messages, `progress` may be null.
BmpFileReport read_bmp(std::istream& raw, const std::string& path, RouteSink& sink,
                       Progress* progress = nullptr);

}  // namespace lull
