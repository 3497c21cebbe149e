#include "control/origins/country_prefixes.h"

#include "control/mrt/compressed.h"
#include "control/mrt/unpacked_text.h"
#include "control/origins/text.h"

namespace lull {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Result<void> read_country_lines(std::istream& raw, const std::string& path, Progress* progress,
                                std::string_view what, CountryPrefixes& out,
                                const std::function<void(const Line&)>& take) {
    CompressedInput input(raw, progress);
    UnpackedText unpacked(input);
    std::istream text(&unpacked);
    LineReader reader(text);
    for (Line line; reader.next(line);) {
        if (line.number == 1 && line.text.starts_with(kByteOrderMark)) {
            line.text.remove_prefix(kByteOrderMark.size());
        }
        line.text = trimmed(line.text);
        if (line.text.empty() || line.text.starts_with('#')) continue;
        if (line.too_long) {
            out.rejected.add(path, line.number, "the line is too long");
        } else if (!line.terminated) {
            out.rejected.add(path, line.number, "the file ends inside this line");
        } else {
            take(line);
        }
    }
    if (!input.problem().empty()) out.rejected.add(path, input.problem());
    if (out.prefixes.empty()) {
        return refused("{}: no {} ({})", path, what, out.rejected.summary("lines refused"));
    }
    out.sha256 = input.sha256();
    return {};
}

}  // namespace lull
