// Serialises a table as table_format.h describes, reads the result back as a check of both, and
// writes it atomically.
#include <limits>

#include "control/files.h"
#include "control/origins/prefix.h"
#include "control/origins/sha256.h"
#include "control/origins/table_file.h"
#include "control/origins/table_format.h"
#include "control/origins/text.h"

namespace lull {
namespace {

using namespace table_format;

class Writer {
  public:
    explicit Writer(std::size_t expected_bytes) { bytes_.reserve(expected_bytes); }

    template <typename T>
    void number(T value, std::size_t width = sizeof(T)) {
        for (std::size_t i = 0; i < width; ++i) {
            bytes_.push_back(static_cast<uint8_t>(uint64_t{value} >> (8 * i) & 0xff));
        }
    }
    void raw(std::span<const uint8_t> data) {
        bytes_.insert(bytes_.end(), data.begin(), data.end());
    }
    void raw(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    std::vector<uint8_t> take() { return std::move(bytes_); }

  private:
    std::vector<uint8_t> bytes_;
};

/// Overwrites a number whose place was kept free.
void patch(std::span<uint8_t> bytes, std::size_t offset, uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
        bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i) & 0xff);
    }
}

void write_header(Writer& writer, const OriginTable& table) {
    writer.raw(kMagic);
    writer.number(kVersion);
    writer.number(kHeaderBytes);
    writer.number(uint64_t{0});  // file size, patched
    writer.number(static_cast<uint64_t>(table.built_at_s));
    for (std::size_t i = writer.size(); i < kHeaderBytes; ++i) writer.number(uint8_t{0});
}

void write_origins(Writer& writer, const OriginTable& table) {
    for (std::size_t i = kFirstTableOrigin; i < table.origins.size(); ++i) {
        const Origin& origin = table.origins[i];
        writer.number(origin.asn);
        writer.raw(country(origin.country).code);
        writer.number(static_cast<uint8_t>(origin.prefix_class));
        writer.number(uint8_t{0});
    }
}

void write_routes(Writer& writer, const OriginTable& table, Family family) {
    if (family == Family::kIpv4) {
        for (const Route4& route : table.routes4) {
            writer.number(route.address);
            writer.number(index_of(route.origin), 3);
            writer.number(route.length);
        }
        return;
    }
    for (const Route6& route : table.routes6) {
        writer.raw(std::span<const uint8_t>(route.address));
        writer.number(index_of(route.origin), 3);
        writer.number(route.length);
    }
}

void write_names(Writer& writer, const OriginTable& table) {
    for (const auto& [asn, name] : table.as_names) {
        const std::string clean = clean_text(name, kMaxNameBytes);
        writer.number(asn);
        writer.number(static_cast<uint8_t>(clean.size()));
        writer.raw(clean);
    }
}

void write_sources(Writer& writer, const OriginTable& table) {
    for (const TableSource& source : table.sources) {
        for (const std::string& text : {source.kind, source.path}) {
            const std::string clean = clean_text(text, kMaxPathBytes);
            writer.number(static_cast<uint16_t>(clean.size()));
            writer.raw(clean);
        }
        for (std::size_t i = 0; i < kDigestBytes; ++i) {
            const std::string digits =
                source.sha256.size() == 2 * kDigestBytes ? source.sha256.substr(2 * i, 2) : "00";
            writer.number(static_cast<uint8_t>(std::strtoul(digits.c_str(), nullptr, 16)));
        }
        writer.number(source.records);
        writer.number(source.rejected);
    }
}

void write_withdrawn(Writer& writer, const OriginTable& table) {
    for (const WithdrawnRoute& each : table.withdrawn) {
        writer.number(uint8_t{each.prefix.family == Family::kIpv4 ? uint8_t{4} : uint8_t{6}});
        writer.number(each.prefix.length);
        const Route6 bytes = to_route6(each.prefix, OriginId{});
        writer.raw(std::span<const uint8_t>(bytes.address));
        writer.number(static_cast<uint64_t>(each.since_s));
    }
}

void write_space(Writer& writer, const AddressSpace& space) {
    writer.number(space.addresses4);
    writer.number(space.networks6);
}

void write_source_pairs(Writer& writer, const OriginTable& table) {
    for (const SourcePair& pair : table.disagreements.sources) {
        writer.number(static_cast<uint8_t>(pair.stronger));
        writer.number(static_cast<uint8_t>(pair.weaker));
        write_space(writer, pair.both);
        write_space(writer, pair.differing);
        writer.number(pair.prefixes);
    }
}

void write_country_pairs(Writer& writer, const OriginTable& table) {
    for (const CountryPair& pair : table.disagreements.countries) {
        writer.number(static_cast<uint8_t>(pair.stronger));
        writer.number(static_cast<uint8_t>(pair.weaker));
        writer.raw(country(pair.says_stronger).code);
        writer.raw(country(pair.says_weaker).code);
        write_space(writer, pair.space);
        writer.number(pair.prefixes);
    }
}

std::vector<uint8_t> serialise(const OriginTable& table) {
    Writer writer(kHeaderBytes + table.origins.size() * kOriginBytes +
                  table.routes4.size() * kRoute4Bytes + table.routes6.size() * kRoute6Bytes +
                  table.as_names.size() * 32 + 4096);
    write_header(writer, table);
    std::array<std::size_t, kSections + 1> starts{};
    starts[0] = writer.size();
    write_origins(writer, table);
    starts[1] = writer.size();
    write_routes(writer, table, Family::kIpv4);
    starts[2] = writer.size();
    write_routes(writer, table, Family::kIpv6);
    starts[3] = writer.size();
    write_names(writer, table);
    starts[4] = writer.size();
    write_sources(writer, table);
    starts[5] = writer.size();
    write_withdrawn(writer, table);
    starts[6] = writer.size();
    write_source_pairs(writer, table);
    starts[7] = writer.size();
    write_country_pairs(writer, table);
    starts[8] = writer.size();

    const std::size_t named_origins =
        table.origins.size() < kFirstTableOrigin ? 0 : table.origins.size() - kFirstTableOrigin;
    const std::array<std::size_t, kSections> counts{named_origins,
                                                    table.routes4.size(),
                                                    table.routes6.size(),
                                                    table.as_names.size(),
                                                    table.sources.size(),
                                                    table.withdrawn.size(),
                                                    table.disagreements.sources.size(),
                                                    table.disagreements.countries.size()};
    std::vector<uint8_t> bytes = writer.take();
    patch(bytes, 16, bytes.size(), 8);
    for (std::size_t i = 0; i < kSections; ++i) {
        const std::size_t entry = kSectionsOffset + i * kSectionEntryBytes;
        patch(bytes, entry, starts[i], 8);
        patch(bytes, entry + 8, starts[i + 1] - starts[i], 8);
        patch(bytes, entry + 16, counts[i], 4);
    }
    Sha256 hash;
    const std::span<const uint8_t> all(bytes);
    hash.add(all.first(kDigestOffset));
    hash.add(all.subspan(kDigestOffset + kDigestBytes));
    const Sha256Digest digest = hash.finish();
    std::copy(digest.begin(), digest.end(), bytes.begin() + kDigestOffset);
    return bytes;
}

}  // namespace

Result<void> write_table(const OriginTable& table, const std::string& path) {
    const std::vector<uint8_t> bytes = serialise(table);
    // The reader knows every rule a table must keep; what it refuses must not reach a disk.
    if (auto checked = parse_table(bytes, path); !checked) {
        return tl::unexpected(std::move(checked.error()));
    }
    return write_file_atomically(path, bytes);
}

}  // namespace lull
