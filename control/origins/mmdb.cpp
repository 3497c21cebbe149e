// The one file that names libmaxminddb. The library checks that what it reads lies inside the file;
// that a tree ends is checked here: each node is walked through once.
#include "control/origins/mmdb.h"

#include <maxminddb.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "control/origins/sha256.h"
#include "dataplane/limits.h"

namespace lull {
namespace {

/// More than the table itself may have; of disjoint prefixes no honest database comes near.
constexpr std::size_t kMaxPrefixes = kMaxRoutes4 + kMaxRoutes6;
constexpr uint8_t kIpv4Length = 96;  // of ::/96, where the tree of IPv6 holds IPv4

/// What a part of the tree states as a whole; nullopt within: no country.
using Country = std::optional<CountryId>;

class Walk {
  public:
    Walk(const MMDB_s& database, const std::string& path, CountryPrefixes& out)
        : database_(database), path_(path), out_(out), seen_(database.metadata.node_count) {}

    Result<void> whole_tree() {
        const IpPrefix all{database_.metadata.ip_version == 4 ? Family::kIpv4 : Family::kIpv6, 0, 0,
                           0};
        const Part part = node(0, all);
        if (!problem_.empty()) return refused("{}: {}", path_, problem_);
        if (part.uniform) emit(all, part.country);
        return {};
    }

  private:
    /// A part of the tree: of one country throughout, which its holder emits, or emitted already.
    struct Part {
        bool uniform = true;
        Country country;
    };

    Part node(uint64_t number, const IpPrefix& prefix) {
        // The addresses of IPv4 stand in the tree of IPv6 more than once (6to4, mapped): the first
        // place, ::/96, is the one that counts.
        if (number >= seen_.size() || seen_[number]) return {};
        seen_[number] = true;
        if (prefix.length >= address_bits(prefix.family)) return fail("its tree is too deep");
        MMDB_search_node_s found{};
        const int status = MMDB_read_node(&database_, static_cast<uint32_t>(number), &found);
        if (status != MMDB_SUCCESS) return fail(MMDB_strerror(status));
        const IpPrefix left = half(prefix, 0);
        const IpPrefix right = half(prefix, 1);
        const Part low =
            record(found.left_record_type, found.left_record, found.left_record_entry, left);
        if (!problem_.empty()) return {};
        const Part high =
            record(found.right_record_type, found.right_record, found.right_record_entry, right);
        if (!problem_.empty()) return {};
        const bool mergeable = low.uniform && high.uniform && low.country == high.country;
        if (mergeable && !is_above_ipv4(prefix)) return low;
        if (low.uniform) emit(left, low.country);
        if (high.uniform) emit(right, high.country);
        return {false, std::nullopt};
    }

    Part record(uint8_t type, uint64_t value, MMDB_entry_s entry, const IpPrefix& prefix) {
        if (type == MMDB_RECORD_TYPE_SEARCH_NODE) return node(value, prefix);
        if (type == MMDB_RECORD_TYPE_EMPTY) return {};
        if (type != MMDB_RECORD_TYPE_DATA) return fail("its tree points outside of the file");
        ++out_.records;
        return {true, country_of(entry, prefix)};
    }

    /// IPv4 stays a prefix of its own, whatever stands beside it.
    static bool is_above_ipv4(const IpPrefix& prefix) {
        return prefix.family == Family::kIpv6 && prefix.length < kIpv4Length && prefix.high == 0 &&
               prefix.low == 0;
    }

    static IpPrefix half(const IpPrefix& prefix, uint64_t side) {
        IpPrefix part = prefix;
        ++part.length;
        const unsigned bit = prefix.length;
        if (bit < 64) {
            part.high |= side << (63 - bit);
        } else {
            part.low |= side << (127 - bit);
        }
        return part;
    }

    /// Many networks share one entry: it is decoded once.
    Country country_of(MMDB_entry_s entry, const IpPrefix& prefix) {
        const auto known = entries_.find(entry.offset);
        if (known != entries_.end()) return known->second;
        Country country;
        for (const char* place : {"country", "registered_country"}) {
            const std::array<const char*, 3> words{place, "iso_code", nullptr};
            MMDB_entry_data_s data{};
            const int status = MMDB_aget_value(&entry, &data, words.data());
            if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR) continue;
            if (status != MMDB_SUCCESS) {
                out_.rejected.add(
                    path_, fmt::format("{}: {}", format_prefix(prefix), MMDB_strerror(status)));
                break;
            }
            if (!data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) continue;
            const std::string_view code(data.utf8_string, data.data_size);
            if (code.empty()) continue;
            country = find_country(code).value_or(kCountryUnknown);
            break;
        }
        entries_.emplace(entry.offset, country);
        return country;
    }

    void emit(const IpPrefix& prefix, const Country& country) {
        if (!country) return;
        if (out_.prefixes.size() >= kMaxPrefixes) {
            fail("more prefixes than an origin table takes");
            return;
        }
        PrefixRecord record;
        record.prefix = prefix;
        record.country = country;
        record.states_class = false;
        record.kind = SourceKind::kMmdb;
        if (prefix.family == Family::kIpv6 && prefix.high == 0 && prefix.low >> 32 == 0 &&
            prefix.length >= kIpv4Length) {
            record.prefix = {Family::kIpv4, prefix.low << 32, 0,
                             static_cast<uint8_t>(prefix.length - kIpv4Length)};
        }
        out_.prefixes.push_back(record);
    }

    Part fail(std::string_view problem) {
        if (problem_.empty()) problem_ = problem;
        return {};
    }

    const MMDB_s& database_;
    const std::string& path_;
    CountryPrefixes& out_;
    std::vector<bool> seen_;                         // by node
    std::unordered_map<uint32_t, Country> entries_;  // by offset
    std::string problem_;
};

struct Close {
    void operator()(MMDB_s* database) const { MMDB_close(database); }
};

Result<std::string> hash_of(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    Sha256 hash;
    std::array<char, 1 << 16> buffer{};
    while (file->read(buffer.data(), buffer.size()) || file->gcount() > 0) {
        hash.add({reinterpret_cast<const uint8_t*>(buffer.data()),
                  static_cast<std::size_t>(file->gcount())});
    }
    if (file->bad()) return failed("{}: cannot be read to its end", path);
    return to_hex(hash.finish());
}

}  // namespace

Result<CountryPrefixes> read_mmdb(const std::string& path) {
    auto hash = hash_of(path);
    if (!hash) return tl::unexpected(std::move(hash.error()));
    MMDB_s storage{};
    const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &storage);
    if (status != MMDB_SUCCESS) {
        return refused("{}: is no MaxMind DB that can be read: {}", path, MMDB_strerror(status));
    }
    const std::unique_ptr<MMDB_s, Close> database(&storage);
    CountryPrefixes out;
    out.sha256 = std::move(*hash);
    const uint16_t version = database->metadata.ip_version;
    if (version != 4 && version != 6) {
        return refused("{}: its metadata name IP version {}", path, version);
    }
    if (auto walked = Walk(*database, path, out).whole_tree(); !walked) {
        return tl::unexpected(std::move(walked.error()));
    }
    std::sort(out.prefixes.begin(), out.prefixes.end(),
              [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
    if (out.prefixes.empty()) {
        return refused("{}: none of its {} networks has a country.iso_code ({})", path, out.records,
                       out.rejected.summary("are damaged"));
    }
    return out;
}

}  // namespace lull
