#include "control/store/baseline_command.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "control/clock.h"
#include "control/files.h"
#include "control/log.h"
#include "control/saved_state.h"
#include "control/store/keeper.h"
#include "control/store/store_lock.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

/// What a start would find, when it would find learning.
struct Learned {
    Stored stored;
    SavedState state;
    [[nodiscard]] int64_t open_incidents() const {
        return std::count_if(stored.incidents.begin(), stored.incidents.end(),
                             [](const Incident& each) { return !each.end_ns; });
    }
};

Result<Learned> read_learned(StoreFile& file, const std::string& path) {
    auto stored = file.read();
    if (!stored) {
        return store_failure(path, stored.error());
    }
    if (!stored->snapshot) {
        return refused(
            "{}: {}", path,
            stored->notes.empty() ? "nothing was learned in it yet" : stored->notes.front());
    }
    auto state = describe_state(stored->snapshot->state);
    if (!state) {
        return within(path, state.error());
    }
    return Learned{std::move(*stored), std::move(*state)};
}

/// With its incidents, without maintenance (which speaks of this host's time and ports).
StoreBatch batch_of(const Learned& learned) {
    StoreBatch batch;
    batch.snapshot = learned.stored.snapshot;
    batch.snapshot->last_incident = learned.stored.last_incident;
    for (const Incident& incident : learned.stored.incidents) {
        batch.incidents.emplace(incident.id, incident);
    }
    return batch;
}

std::string in_words(const Learned& learned) {
    return fmt::format("{} countries on {}, until {}; {} incidents, {} of them open",
                       learned.state.countries, fmt::join(learned.state.groups, ", "),
                       format_time(learned.stored.snapshot->tick_end_ns),
                       learned.stored.incidents.size(), learned.open_incidents());
}

json as_json(const Learned& learned, const std::string& store, const std::string& file) {
    return {{"store", store},
            {"file", file},
            {"learned_until", format_time(learned.stored.snapshot->tick_end_ns)},
            {"tick_seconds", learned.state.tick_s},
            {"groups", learned.state.groups},
            {"countries", learned.state.countries},
            {"incidents", learned.stored.incidents.size()},
            {"open_incidents", learned.open_incidents()}};
}

std::string text_of(const json& document) {
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Refuses what is not cold; nothing is changed.
Result<void> check_cold(StoreFile& file, const std::string& path) {
    const auto found = file.read();
    if (!found) {
        return store_failure(path, found.error());
    }
    if (found->snapshot || !found->incidents.empty()) {
        return refused(
            "{}: it has learned{} and holds {} incidents; mend: --force puts the file in its "
            "place and leaves a copy of it beside it",
            path,
            found->snapshot ? " until " + format_time(found->snapshot->tick_end_ns) : " nothing",
            found->incidents.size());
    }
    return {};
}

/// Copies what there is beside the store; "" when there is nothing to copy.
Result<std::string> copy_beside(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::string();
    }
    constexpr int64_t kSecond_ns = 1'000'000'000;
    std::string stamp = format_time(Clock::wall_ns() / kSecond_ns * kSecond_ns);
    std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
    const std::string beside = fmt::format("{}.before-{}", path, stamp);
    auto copy = StoreFile::open_copy(path);
    if (!copy) {
        return store_failure(path, copy.error());
    }
    const auto bytes = copy->bytes();
    if (!bytes) {
        return store_failure(path, bytes.error());
    }
    if (auto ok = write_file_atomically(beside, *bytes); !ok) {
        return tl::unexpected(ok.error());
    }
    return beside;
}

/// What the one who looks at it would want to know and no file is refused for.
void warn(const Learned& learned, const BaselineOptions& options) {
    const int64_t until_ns = learned.stored.snapshot->tick_end_ns;
    if (Clock::wall_ns() - until_ns > Keeper::kOldest_ns) {
        log_warning("{}: learned until {}: lull run takes nothing back that is older than {}",
                    options.file, format_time(until_ns),
                    format_duration(static_cast<double>(Keeper::kOldest_ns) / 1e9));
    }
    const auto config = options.store.config.empty() ? tl::unexpected(ConfigErrors{})
                                                     : load_config(options.store.config);
    if (config) {
        for (const GroupConfig& group : layout_of(*config).groups) {
            const auto& known = learned.state.groups;
            if (std::find(known.begin(), known.end(), group.name) == known.end()) {
                log_warning("{}: nothing of port group {}: its levels are learned anew",
                            options.file, group.name);
            }
        }
    }
}

}  // namespace

Result<std::string> export_baseline(const BaselineOptions& options) {
    const auto path = options.store.resolve();
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto from = StoreFile::open_to_read(*path);
    if (!from) {
        return store_failure(*path, from.error());
    }
    const auto learned = read_learned(*from, *path);
    if (!learned) {
        return tl::unexpected(learned.error());
    }
    auto into = StoreFile::in_memory();
    auto done = into ? into->write(batch_of(*learned)) : tl::unexpected(into.error());
    if (!done) {
        return store_failure(options.file, done.error());
    }
    const auto bytes = into->bytes();
    if (!bytes) {
        return store_failure(options.file, bytes.error());
    }
    if (auto ok = write_file_atomically(options.file, *bytes); !ok) {
        return tl::unexpected(ok.error());
    }
    if (options.format == BaselineOptions::Format::kJson) {
        json document = as_json(*learned, *path, options.file);
        document["bytes"] = bytes->size();
        return text_of(document);
    }
    return fmt::format("{}: {} ({} bytes)\n", options.file, in_words(*learned), bytes->size());
}

Result<std::string> import_baseline(const BaselineOptions& options) {
    const auto path = options.store.resolve();
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto from = StoreFile::open_copy(options.file);
    if (!from) {
        return store_failure(options.file, from.error());
    }
    const auto learned = read_learned(*from, options.file);
    if (!learned) {
        return tl::unexpected(learned.error());
    }
    const auto lock = StoreLock::take(*path);
    if (!lock) {
        return store_failure(*path, lock.error());
    }
    std::string before;
    if (options.into == BaselineOptions::Place::kAny) {
        auto copied = copy_beside(*path);
        if (!copied) {
            return copied;
        }
        before = std::move(*copied);
    }
    auto into = StoreFile::open(*path);
    if (!into) {
        return store_failure(*path, into.error());
    }
    if (options.into == BaselineOptions::Place::kColdOnly) {
        if (auto ok = check_cold(*into, *path); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    if (auto ok = into->write_anew(batch_of(*learned)); !ok) {
        return store_failure(*path, ok.error());
    }
    warn(*learned, options);
    if (options.format == BaselineOptions::Format::kJson) {
        json document = as_json(*learned, *path, options.file);
        document["replaced"] = before.empty() ? json(nullptr) : json(before);
        return text_of(document);
    }
    return fmt::format("{}: {}{}\n", *path, in_words(*learned),
                       before.empty() ? "" : "; what it held before is in " + before);
}

}  // namespace lull
