// What the table commands print: text for people, JSON as contract.md has it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/origins/build.h"
#include "control/origins/command.h"
#include "control/origins/diff.h"
#include "control/origins/table_file.h"
#include "control/origins/votes.h"
#include "control/origins/why.h"
#include "dataplane/error.h"

namespace lull {

std::string info_report(const OriginTable& table, const std::string& path, OutputFormat format);
/// After a build: the same facts, and what was left out; `routes` if there were any.
std::string build_report(const OriginTable& table, const BuildReport& report,
                         const std::optional<VoteCounts>& routes, const std::string& path,
                         OutputFormat format);
std::string lookup_report(const OriginTable& table, const std::vector<LookupResult>& results,
                          OutputFormat format);
/// The same, each address with why it is so; `whys` are of `results`, one each.
std::string why_report(const OriginTable& table, const std::vector<LookupResult>& results,
                       const SourcesAgain& again, const std::vector<Why>& whys,
                       OutputFormat format);
std::string diff_report(const TableDiff& diff, OutputFormat format);

/// Writes to stdout and flushes; a closed pipe or a full disk is an error and not silence.
Result<void> print(const std::string& text);

}  // namespace lull
