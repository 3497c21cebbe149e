// A pack: one incident with all that is needed to look at it elsewhere. It is a store in which only
// what surrounds the incident is left: what is recorded of it, the decision records, and, as far as
// they are kept, the ticks with the checkpoint that a replay of them begins with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/decision.h"
#include "control/incident.h"
#include "control/store/checkpoint.h"
#include "control/store/database.h"
#include "dataplane/error.h"

namespace lull {

struct Pack {
    Incident incident;                    // as it was when the pack was made
    std::optional<int64_t> from_ns;       // of the first checkpoint; none: it cannot be replayed
    int64_t until_ns = 0;                 // of the last tick
    int64_t made_ns = 0;                  // wall time
    std::string version;                  // of the lull that made it
    std::vector<Incident> incidents;      // that surround it, and itself, by id
    std::vector<Checkpoint> checkpoints;  // where settings changed; first: where a replay begins
    std::vector<Decision> decisions;      // of its country, in their order
    std::size_t ticks = 0;
};

class PackFile {
  public:
    /// Of an incident in a store, which may be in use. Refused: there is no such incident.
    static Result<PackFile> make(const std::string& store, uint64_t incident);
    /// Refused: a file that is not a pack, or that is damaged or of a newer lull.
    static Result<PackFile> open(const std::string& path);
    /// Whether a file begins as a pack (and any database of its kind) does.
    static bool looks_like_one(const std::string& path);

    [[nodiscard]] const Pack& contents() const { return pack_; }
    /// The ticks after its checkpoint, in their order; false ends it. Returns how many were not
    /// readable.
    Result<std::size_t> each_tick(const std::function<bool(const TickFacts&)>& take);
    /// What its file holds.
    Result<std::vector<uint8_t>> bytes();

  private:
    PackFile(Database database, std::string path)
        : database_(std::move(database)), path_(std::move(path)) {}
    Result<void> read();

    Database database_;
    std::string path_;  // for messages
    Pack pack_;
};

}  // namespace lull
