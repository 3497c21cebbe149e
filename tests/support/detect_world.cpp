// How the made-up world moves.
#include "tests/support/detect_world.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string_view>

namespace lull::test {
namespace {

constexpr int64_t kWanderEvery_s = 300;

std::string describe(const Incident& incident, int64_t start_s) {
    const auto hours = [&](int64_t ns) { return static_cast<double>(ns / kNs - start_s) / 3600.0; };
    std::string text = "incident " + std::to_string(incident.id) + " country " +
                       (incident.country ? std::to_string(index_of(*incident.country)) : "-") +
                       " " + std::string(kind_name(incident.kind)) + " " +
                       std::string(scope_name(incident.scope)) + " start " +
                       std::to_string(hours(incident.start_ns)) + " h, detected " +
                       std::to_string(hours(incident.detected_ns)) + " h, end " +
                       (incident.end_ns ? std::to_string(hours(*incident.end_ns)) : "open") +
                       ", edges " + std::to_string(incident.edges) + "\n";
    for (const std::string& sentence : incident.evidence) {
        text += "    " + sentence + "\n";
    }
    for (const Transition& transition : incident.transitions) {
        text += "    " + std::to_string(hours(transition.time_ns)) + " " + transition.state + "\n";
    }
    return text;
}

}  // namespace

bool full_length() {
    const char* full = std::getenv("LULL_FULL");
    return full != nullptr && std::string_view(full) == "1";
}

World::World(const WorldConfig& config)
    : config_(config), now_s_(config.start_s), random_(config.seed) {
    std::uniform_real_distribution<double> uniform(0, 1);
    per_tick.resize(config.countries);
    characters_.resize(config.countries);
    for (std::size_t country = 0; country < config.countries; ++country) {
        Character& character = characters_[country];
        const double log_size = std::lerp(std::log(config.least_per_tick),
                                          std::log(config.most_per_tick), uniform(random_));
        per_tick[country] = std::exp(log_size);
        character.offset_s = static_cast<int32_t>(std::lround(uniform(random_) * 24 - 11)) * 3600;
        character.phase_h = (2 * uniform(random_) - 1) * config.phase_h;
        character.trough = std::lerp(config.trough_low, config.trough_high, uniform(random_));
        character.sigma = std::lerp(config.wander_low, config.wander_high, uniform(random_));
        character.memory_s = 3600 * (10 + 14 * uniform(random_));
        character.level = character.sigma * normal_(random_);
    }
    facts_.groups.resize(config.groups);
    for (GroupFacts& group : facts_.groups) {
        group.countries.resize(config.countries);
    }
}

Detector World::detector(double false_alarms_per_year) const {
    DetectorSettings settings;
    settings.tick_s = config_.tick_s;
    settings.false_alarms_per_year = false_alarms_per_year;
    std::vector<int32_t> offsets;
    for (const Character& character : characters_) {
        offsets.push_back(character.offset_s);
    }
    return Detector(settings, std::vector<uint32_t>(config_.countries, 4), config_.groups,
                    [offsets](CountryId id, int64_t) { return offsets[index_of(id)]; });
}

double World::rhythm(const Character& character) const {
    // Rises by half a cosine from 04:30 to 20:30, falls by another; its mean is near 0.65.
    const double local_h = static_cast<double>((now_s_ + character.offset_s) % 86400) / 3600;
    const double since = std::fmod(local_h - 4.5 - character.phase_h + 48, 24);
    const double turn = since < 16 ? since / 16 : 1 - (since - 16) / 8;
    const double height = (1 - std::cos(std::numbers::pi * turn)) / 2;
    return character.trough + (1 - character.trough) * height;
}

void World::wander() {
    for (Character& character : characters_) {
        const double keep = std::exp(-static_cast<double>(kWanderEvery_s) / character.memory_s);
        character.level = keep * character.level +
                          std::sqrt(1 - keep * keep) * character.sigma * normal_(random_);
        character.rhythm = rhythm(character) * std::exp(character.level);
    }
}

double World::draw(double mean) {
    if (mean <= 0) {
        return 0;
    }
    if (config_.scatter_k > 0) {
        std::gamma_distribution<double> gamma(config_.scatter_k, mean / config_.scatter_k);
        mean = gamma(random_);
    }
    if (mean > 40) {
        return std::max(0.0, std::round(mean + std::sqrt(mean) * normal_(random_)));
    }
    const double stop = std::exp(-mean);
    double product = 1;
    double count = -1;
    do {
        product *= static_cast<double>(random_() >> 11) * 0x1p-53;
        ++count;
    } while (product > stop);
    return count;
}

CountryFacts World::facts_of(std::size_t country, const Effect& effect, double share) {
    const double mean = per_tick[country] * characters_[country].rhythm * share;
    CountryFacts facts;
    const double mean6 = mean * config_.ipv6_share;
    facts.flows6 = mean6 > 0 ? draw(mean6 * effect.life * effect.ipv6) : 0;
    facts.flows = facts.flows6 + draw((mean - mean6) * effect.life * effect.ipv4);
    if (facts.flows > 200) {
        facts.flows *= 1 + 0.033 * normal_(random_);  // the sketch's own error
    }
    facts.life = facts.flows;
    facts.life6 = facts.flows6;
    facts.flows = std::round(facts.flows * effect.answered);
    facts.flows6 = std::round(facts.flows6 * effect.answered);
    facts.sources = std::ceil(facts.life * 0.6);
    facts.demand = draw(0.8 * mean * effect.demand);
    facts.packets = 8 * facts.life + 4 * facts.demand;
    facts.bytes = 700 * facts.packets;
    return facts;
}

const TickFacts& World::next() {
    if (const int64_t slot = now_s_ / kWanderEvery_s; slot != wandered_s_) {
        wandered_s_ = slot;
        wander();
    }
    facts_.occasions.clear();
    facts_.start_ns = now_s_ * kNs;
    facts_.seconds = config_.tick_s;
    const double share = 1 / static_cast<double>(config_.groups);
    for (GroupFacts& group : facts_.groups) {
        group.health = Health::kHealthy;
        group.reason.clear();
        group.countries.resize(config_.countries);  // a script may have emptied it
    }
    for (std::size_t country = 0; country < config_.countries; ++country) {
        const Effect effect = script ? script(country, now_s_) : Effect{};
        for (GroupFacts& group : facts_.groups) {
            group.countries[country] = facts_of(country, effect, share);
        }
    }
    if (sensor) {
        sensor(facts_, now_s_);
    }
    now_s_ += static_cast<int64_t>(config_.tick_s);
    return facts_;
}

std::string describe(const Detector& detector, int64_t start_s) {
    std::string text;
    for (const Incident& incident : detector.incidents()) {
        text += describe(incident, start_s);
    }
    return text;
}

}  // namespace lull::test
