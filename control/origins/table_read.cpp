// Reads a table file (table_format.h) and trusts none of it: sizes before allocations, every field
// against its range, every order, with or without a right checksum.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "control/origins/prefix.h"
#include "control/origins/sha256.h"
#include "control/origins/table_file.h"
#include "control/origins/table_format.h"
#include "control/origins/table_sections.h"
#include "control/origins/text.h"

namespace lull {
namespace {

using namespace table_format;
constexpr const char* kRebuild = "build it again with lull table build";

struct Header {
    int64_t built_at_s = 0;
    Sha256Digest digest{};
    std::array<Section, kSections> sections;
};

struct SectionRule {
    const char* name;
    std::size_t record_bytes;  // of a fixed-size record; the least of a variable one
    bool fixed_size;
    uint32_t max_count;
};
constexpr std::array<SectionRule, kSections> kRules{{
    {"origins", kOriginBytes, true, kMaxOrigins - kFirstTableOrigin},
    {"IPv4 routes", kRoute4Bytes, true, kMaxRoutes4},
    {"IPv6 routes", kRoute6Bytes, true, kMaxRoutes6},
    {"AS names", kMinNameBytes, false, kMaxNames},
    {"sources", kMinSourceBytes, false, kMaxSources},
    {"withdrawn routes", kWithdrawnBytes, true, kMaxWithdrawn},
    {"source pairs", kSourcePairBytes, true, kMaxSourcePairs},
    {"country pairs", kCountryPairBytes, true, kMaxCountryPairs},
}};

Result<void> read_sections(Cursor cursor, Bytes file, Header& header) {
    uint64_t expected_offset = kHeaderBytes;
    for (std::size_t i = 0; i < kSections; ++i) {
        const SectionRule& rule = kRules[i];
        const uint64_t offset = cursor.number(8);
        const uint64_t bytes = cursor.number(8);
        const uint32_t count = cursor.u32();
        if (offset != expected_offset || bytes > file.size() - offset) {
            return refused("damaged: its {} lie outside the file or over others", rule.name);
        }
        if (count > rule.max_count) {
            return refused("holds {} {}; lull takes {}", count, rule.name, rule.max_count);
        }
        const uint64_t least = uint64_t{count} * rule.record_bytes;
        if (rule.fixed_size ? bytes != least : bytes < least) {
            return refused("damaged: {} {} do not fit {} bytes", count, rule.name, bytes);
        }
        header.sections[i] = {rule.name, file.subspan(offset, bytes), count};
        expected_offset += bytes;
    }
    if (expected_offset != file.size()) return refused("damaged: bytes after its last section");
    if (cursor.u32() != 0) return refused("damaged: the end of its header is not zero");
    return {};
}

Result<Header> read_header(Bytes file) {
    if (file.empty()) return refused("is empty; {}", kRebuild);
    const std::size_t compared = std::min(file.size(), kMagic.size());
    if (!std::equal(kMagic.begin(), kMagic.begin() + compared, file.begin())) {
        return refused("is not an origin table; {}", kRebuild);
    }
    if (file.size() < kHeaderBytes) {
        return refused("cut short: {} bytes, its header alone has {}; {}", file.size(),
                       kHeaderBytes, kRebuild);
    }
    Cursor cursor(file.subspan(kMagic.size()));
    const uint32_t version = cursor.u32();
    if (version > kVersion) {
        return refused(
            "has format version {}, this lull reads {}; update lull or build the table "
            "with this one",
            version, kVersion);
    }
    if (version == 1) return refused("was built by an older lull; {}", kRebuild);
    if (version != kVersion) return refused("damaged: format version {}; {}", version, kRebuild);
    if (cursor.u32() != kHeaderBytes) return refused("damaged: wrong header size; {}", kRebuild);
    const uint64_t file_bytes = cursor.number(8);
    if (file_bytes != file.size()) {
        return refused("{}: {} bytes where its header says {}; {}",
                       file.size() < file_bytes ? "cut short" : "damaged", file.size(), file_bytes,
                       kRebuild);
    }
    Header header;
    header.built_at_s = static_cast<int64_t>(cursor.number(8));
    const Bytes digest = cursor.raw(kDigestBytes);
    std::copy(digest.begin(), digest.end(), header.digest.begin());
    if (header.built_at_s < 0) return refused("damaged: built before 1970");
    if (auto read = read_sections(cursor, file, header); !read) {
        return tl::unexpected(std::move(read.error()));
    }
    return header;
}

Result<void> check_digest(Bytes file, const Sha256Digest& stated) {
    Sha256 hash;
    hash.add(file.first(kDigestOffset));
    hash.add(file.subspan(kDigestOffset + kDigestBytes));
    if (hash.finish() == stated) return {};
    return refused("damaged: its SHA-256 does not match its content; {}", kRebuild);
}

Result<void> read_origins(const Section& section, OriginTable& table) {
    const auto order = [](const Origin& origin) {
        return std::tuple(origin.asn, origin.country, origin.prefix_class);
    };
    table.origins.reserve(section.count + std::size_t{kFirstTableOrigin});
    table.origins.resize(kFirstTableOrigin);
    Cursor cursor(section.bytes);
    for (uint32_t i = 0; i < section.count; ++i) {
        Origin origin;
        origin.asn = cursor.u32();
        const auto country = find_country(cursor.text(2));
        const uint8_t prefix_class = cursor.u8();
        if (!country) return refused("origin {}: no country has that code", i);
        if (prefix_class > static_cast<uint8_t>(PrefixClass::kHosting)) {
            return refused("origin {}: class {} is none", i, prefix_class);
        }
        if (cursor.u8() != 0) return refused("origin {}: its last byte is not zero", i);
        origin.country = *country;
        origin.prefix_class = static_cast<PrefixClass>(prefix_class);
        if (i > 0 && order(table.origins.back()) >= order(origin)) {
            return refused("origin {}: not in ascending order", i);
        }
        table.origins.push_back(origin);
    }
    return {};
}

/// The rules both families share; `previous` is null for the first route.
Result<void> check_route(const IpPrefix& prefix, const IpPrefix* previous, uint32_t origin,
                         std::size_t origins) {
    if (prefix.length == 0) return refused("a default route would match everything");
    if (prefix.length > address_bits(prefix.family)) {
        return refused("prefix length {} is above {}", prefix.length, address_bits(prefix.family));
    }
    if (shortened(prefix, prefix.length) != prefix) return refused("bits beyond its length");
    if (previous != nullptr && *previous >= prefix) return refused("not in ascending order");
    if (origin < kFirstTableOrigin || origin >= origins) {
        return refused("origin {} does not exist", origin);
    }
    return {};
}

Route4 read_route(Cursor& cursor, const Route4& /*family*/) {
    Route4 route;
    route.address = cursor.u32();
    route.origin = OriginId{static_cast<uint32_t>(cursor.number(3))};
    route.length = cursor.u8();
    return route;
}

Route6 read_route(Cursor& cursor, const Route6& /*family*/) {
    Route6 route;
    const Bytes address = cursor.raw(route.address.size());
    std::copy(address.begin(), address.end(), route.address.begin());
    route.origin = OriginId{static_cast<uint32_t>(cursor.number(3))};
    route.length = cursor.u8();
    return route;
}

template <typename Route>
Result<void> read_routes(const Section& section, std::size_t origins, std::vector<Route>& routes) {
    routes.reserve(section.count);
    Cursor cursor(section.bytes);
    IpPrefix previous;
    for (uint32_t i = 0; i < section.count; ++i) {
        const Route route = read_route(cursor, Route{});
        const IpPrefix prefix = to_prefix(route);
        if (auto sound =
                check_route(prefix, i == 0 ? nullptr : &previous, index_of(route.origin), origins);
            !sound) {
            return within(fmt::format("route {} of the {}", i, section.name), sound.error());
        }
        previous = prefix;
        routes.push_back(route);
    }
    return {};
}

Result<void> read_names(const Section& section, OriginTable& table) {
    Cursor cursor(section.bytes);
    for (uint32_t i = 0; i < section.count; ++i) {
        const uint32_t asn = cursor.u32();
        const std::string_view name = cursor.text(cursor.u8());
        if (cursor.underrun() || name.empty() || !is_clean_text(name)) {
            return refused("damaged: AS name {} is cut, empty or not clean UTF-8", i);
        }
        if (!table.as_names.empty() && table.as_names.rbegin()->first >= asn) {
            return refused("damaged: AS name {} is not in ascending order", i);
        }
        table.as_names.emplace_hint(table.as_names.end(), asn, name);
    }
    if (!cursor.at_end()) return refused("damaged: bytes after its last AS name");
    return {};
}

Result<void> read_sources(const Section& section, OriginTable& table) {
    Cursor cursor(section.bytes);
    for (uint32_t i = 0; i < section.count; ++i) {
        TableSource source;
        source.kind = cursor.text(cursor.number(2));
        source.path = cursor.text(cursor.number(2));
        Sha256Digest digest{};
        const Bytes stated = cursor.raw(kDigestBytes);
        std::copy(stated.begin(), stated.end(), digest.begin());
        source.sha256 = to_hex(digest);
        source.records = cursor.number(8);
        source.rejected = cursor.number(8);
        if (cursor.underrun() || !is_clean_text(source.kind) || !is_clean_text(source.path)) {
            return refused("damaged: source {} is cut or not clean UTF-8", i);
        }
        table.sources.push_back(std::move(source));
    }
    if (!cursor.at_end()) return refused("damaged: bytes after its last source");
    return {};
}

Result<OriginTable> parse_bytes(Bytes file, Checksum checksum) {
    auto header = read_header(file);
    if (!header) return tl::unexpected(std::move(header.error()));
    if (checksum == Checksum::kVerify) {
        if (auto same = check_digest(file, header->digest); !same) {
            return tl::unexpected(std::move(same.error()));
        }
    }
    const auto& sections = header->sections;
    if (sections[1].count == 0 && sections[2].count == 0) {
        return refused("holds no prefixes: every address would be unmatched; {}", kRebuild);
    }
    OriginTable table;
    table.built_at_s = header->built_at_s;
    table.sha256 = to_hex(header->digest);
    auto result = read_origins(sections[0], table);
    if (result) result = read_routes(sections[1], table.origins.size(), table.routes4);
    if (result) result = read_routes(sections[2], table.origins.size(), table.routes6);
    if (result) result = read_names(sections[3], table);
    if (result) result = read_sources(sections[4], table);
    if (result) result = read_withdrawn(sections[5], table);
    if (result) result = read_source_pairs(sections[6], table.disagreements);
    if (result) result = read_country_pairs(sections[7], table.disagreements);
    if (!result) return tl::unexpected(std::move(result.error()));
    return table;
}

Result<std::vector<uint8_t>> read_file(const std::string& path) {
    // O_NONBLOCK, so that a FIFO in the table's place cannot hang the monitor's start.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return refused("cannot be opened: {}", std::strerror(errno));
    struct stat status {};
    std::vector<uint8_t> bytes;
    std::string problem;
    if (::fstat(fd, &status) != 0) {
        problem = std::strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        problem = S_ISDIR(status.st_mode) ? "is a directory; name a table file" : "is not a file";
    } else if (static_cast<uint64_t>(status.st_size) > kMaxFileBytes) {
        problem =
            fmt::format("has {} bytes; no origin table is above {}", status.st_size, kMaxFileBytes);
    } else {
        bytes.resize(static_cast<std::size_t>(status.st_size));
        std::size_t filled = 0;
        while (filled < bytes.size()) {
            const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) problem = std::strerror(errno);
            if (got <= 0) break;
            filled += static_cast<std::size_t>(got);
        }
        bytes.resize(filled);  // a file that shrank meanwhile is refused as cut short
    }
    ::close(fd);
    if (!problem.empty()) return refused("{}", problem);
    return bytes;
}

}  // namespace

Result<OriginTable> parse_table(Bytes bytes, const std::string& path, Checksum checksum) {
    auto table = parse_bytes(bytes, checksum);
    if (!table) return within(path, std::move(table.error()));
    return table;
}

Result<OriginTable> read_table(const std::string& path) {
    auto bytes = read_file(path);
    if (!bytes) return within(path, std::move(bytes.error()));
    return parse_table(*bytes, path);
}

}  // namespace lull
