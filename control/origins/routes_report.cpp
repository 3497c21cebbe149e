#include "control/origins/routes_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lull {
namespace {

using Json = nlohmann::ordered_json;

Json file_json(const RouteFile& file) {
    Json records = Json::object();
    for (const auto& [kind, count] : file.records) records[std::string(kind)] = count;
    Json problems = Json::object();
    for (std::size_t i = 1; i < kRouteProblems; ++i) {
        if (file.problems[i] == 0) continue;
        problems[std::string(problem_name(static_cast<RouteProblem>(i)))] = file.problems[i];
    }
    return {{"path", file.path},
            {"sha256", file.sha256},
            {"records", std::move(records)},
            {"other_families", file.other_families},
            {"add_path_guessed", file.add_path_guessed},
            {"rejected", file.rejected.count},
            {"problems", std::move(problems)},
            {"first_problems", file.rejected.first}};
}

std::string file_text(const RouteFile& file) {
    std::string kinds;
    for (const auto& [kind, count] : file.records) {
        kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, kind);
    }
    std::string text = fmt::format("{}: {} records ({}), {} rejected, sha256 {}\n", file.path,
                                   file.records_total(), kinds, file.rejected.count, file.sha256);
    for (const std::string& each : file.rejected.first) {
        text += fmt::format("  rejected   {}\n", each);
    }
    return text;
}

}  // namespace

Json votes_json(const VoteCounts& votes) {
    Json left_out = Json::object();
    for (std::size_t i = 0; i < kNoVotes; ++i) {
        left_out[std::string(no_vote_name(static_cast<NoVote>(i)))] = votes.left_out[i];
    }
    return {{"routes", votes.routes},
            {"withdrawals", votes.withdrawals},
            {"peers", votes.peers},
            {"prefixes", votes.prefixes},
            {"multi_origin", votes.multi_origin},
            {"ties", votes.ties},
            {"withdrawn", votes.withdrawn},
            {"aggregates", votes.aggregates},
            {"add_path_withdrawals", votes.add_path_withdrawals},
            {"left_out", std::move(left_out)}};
}

std::string votes_text(const VoteCounts& votes) {
    std::string left_out;
    for (std::size_t i = 0; i < kNoVotes; ++i) {
        if (votes.left_out[i] == 0) continue;
        left_out += fmt::format("{}{} {}", left_out.empty() ? "" : ", ", votes.left_out[i],
                                no_vote_text(static_cast<NoVote>(i)));
    }
    return fmt::format(
        "  routes     {} routes of {} peers, {} withdrawals; not counted: {}\n"
        "  routed     {} prefixes; {} with several origins ({} ties), {} withdrawn by every peer\n",
        votes.routes, votes.peers, votes.withdrawals, left_out.empty() ? "none" : left_out,
        votes.prefixes, votes.multi_origin, votes.ties, votes.withdrawn);
}

std::string routes_report(const std::vector<RouteFile>& files, const VoteCounts& votes,
                          OutputFormat format) {
    if (format == OutputFormat::kJson) {
        Json all = Json::array();
        for (const RouteFile& file : files) all.push_back(file_json(file));
        Json json = votes_json(votes);
        json["files"] = std::move(all);
        return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    std::string text;
    for (const RouteFile& file : files) text += file_text(file);
    return text + votes_text(votes);
}

}  // namespace lull
