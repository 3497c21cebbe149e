// A pack, and its replay, as JSON and as text. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "control/pack_replay.h"

namespace lull {

/// {"incident": as it is recorded, "from" (null: it cannot be replayed), "until", "ticks", "made",
/// "version", "decisions": [{"time","state","observed_flows_per_second",…}]}.
nlohmann::json pack_json(const Pack& pack);
/// pack_json, and of one run {"budget","threshold","incidents","states","replayed","same",
/// "differences","limits","replayed_ticks"}; of several these as "runs".
nlohmann::json pack_replay_json(const Pack& pack, std::span<const PackVerdict> runs);

/// "incident 7 (KP outage, lost, since …), 720 ticks from … until …".
std::string pack_sentence(const Pack& pack);
/// All that is in it, to be read.
std::string pack_text(const Pack& pack);
std::string pack_replay_text(const PackVerdict& run);

}  // namespace lull
