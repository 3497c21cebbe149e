#include "control/origins/as_names.h"

#include "control/origins/record.h"
#include "control/origins/text.h"

namespace lull {
namespace {

void read_line(const Line& line, const std::string& path, AsNames& names) {
    if (line.too_long) return names.rejected.add(path, line.number, "the line is too long");
    const std::string_view text = line.text;
    if (trimmed(text).empty() || text.starts_with('#')) return;
    const std::size_t first_tab = text.find('\t');
    const auto asn = parse_asn(trimmed(text.substr(0, first_tab)));
    if (!asn) return names.rejected.add(path, line.number, "does not start with an AS number");
    if (first_tab == std::string_view::npos) {
        return names.rejected.add(path, line.number, "no tab after the AS number");
    }
    const std::string_view rest = text.substr(first_tab + 1);
    std::string name = clean_text(trimmed(rest.substr(0, rest.find('\t'))), kMaxNameBytes);
    if (name.empty()) return names.rejected.add(path, line.number, "the name is empty");
    names.names.emplace_back(*asn, std::move(name));
}

}  // namespace

Result<AsNames> read_as_names(std::istream& input, const std::string& path, Progress* progress) {
    AsNames names;
    LineReader reader(input, progress);
    for (Line line; reader.next(line);) read_line(line, path, names);
    if (reader.read_failed()) return failed("{}: cannot be read to its end", path);
    if (names.names.empty()) {
        return refused("{}: no AS names in it; lines are `asn<TAB>name<TAB>cc`", path);
    }
    names.sha256 = reader.sha256();
    return names;
}

}  // namespace lull
