#include "control/mrt/reader.h"

#include <numeric>

#include "control/mrt/bgp4mp.h"
#include "control/mrt/compressed.h"
#include "control/mrt/stream.h"
#include "control/mrt/table_dump.h"

namespace lull {
namespace {

constexpr std::array<std::string_view, kRecordKinds> kNames{
    "peer_table", "table", "update", "other_message", "state_change", "other_family", "unknown"};

class Reader {
  public:
    Reader(RouteSink& sink, MrtCounts& counts) : counts_(counts), tables_(sink), messages_(sink) {}

    RouteProblem read(const MrtRecord& record) {
        RecordKind kind = RecordKind::kUnknown;
        auto problem = RouteProblem::kNone;
        switch (record.type) {
            case MrtType::kTableDump:
                kind = RecordKind::kTable;
                problem = tables_.read_table_dump(record);
                break;
            case MrtType::kTableDump2:
                problem = read_table_dump2(record, kind);
                break;
            case MrtType::kBgp4mp:
            case MrtType::kBgp4mpEt:
            case MrtType::kBgp:
                problem = read_message(record, kind);
                break;
        }
        ++counts_.records[static_cast<std::size_t>(kind)];
        counts_.other_families = messages_.other_families();
        counts_.add_path_guessed = messages_.add_path_guessed();
        return problem;
    }

  private:
    RouteProblem read_table_dump2(const MrtRecord& record, RecordKind& kind) {
        kind = RecordKind::kTable;
        switch (static_cast<Rib>(record.subtype)) {
            case Rib::kPeerIndexTable:
                kind = RecordKind::kPeerTable;
                return tables_.read_peers(record);
            case Rib::kIpv4Unicast:
                return tables_.read_rib(record, Family::kIpv4, AddPath::kNo);
            case Rib::kIpv6Unicast:
                return tables_.read_rib(record, Family::kIpv6, AddPath::kNo);
            case Rib::kIpv4UnicastAddPath:
                return tables_.read_rib(record, Family::kIpv4, AddPath::kYes);
            case Rib::kIpv6UnicastAddPath:
                return tables_.read_rib(record, Family::kIpv6, AddPath::kYes);
            case Rib::kGeneric:
                return read_generic(record, AddPath::kNo, kind);
            case Rib::kGenericAddPath:
                return read_generic(record, AddPath::kYes, kind);
        }
        // 3, 5, 9 and 11 are multicast, 7 tells where peers stand (RFC 6397).
        constexpr uint16_t kLastSubtype = 12;
        const bool known = record.subtype >= 3 && record.subtype <= kLastSubtype;
        kind = known ? RecordKind::kOtherFamily : RecordKind::kUnknown;
        return RouteProblem::kNone;
    }

    RouteProblem read_generic(const MrtRecord& record, AddPath add_path, RecordKind& kind) {
        bool other_family = false;
        const auto problem = tables_.read_generic(record, add_path, other_family);
        if (other_family) kind = RecordKind::kOtherFamily;
        return problem;
    }

    RouteProblem read_message(const MrtRecord& record, RecordKind& kind) {
        MessageKind message = MessageKind::kUnknown;
        const auto problem = record.type == MrtType::kBgp ? messages_.read_bgp(record, message)
                                                          : messages_.read_bgp4mp(record, message);
        switch (message) {
            case MessageKind::kUpdate:
                kind = RecordKind::kUpdate;
                break;
            case MessageKind::kOther:
                kind = RecordKind::kOtherMessage;
                break;
            case MessageKind::kStateChange:
                kind = RecordKind::kStateChange;
                break;
            case MessageKind::kTableEntry:
                kind = RecordKind::kTable;
                break;
            case MessageKind::kUnknown:
                kind = RecordKind::kUnknown;
                break;
        }
        return problem;
    }

    MrtCounts& counts_;
    TableDumpReader tables_;
    Bgp4mpReader messages_;
};

void reject(const std::string& path, const MrtRecord& record, RouteProblem problem,
            MrtReport& report) {
    ++report.counts.problems[static_cast<std::size_t>(problem)];
    std::string reason = fmt::format("record {} at byte {}: {}", record.number, record.offset,
                                     problem_text(problem));
    if (problem == RouteProblem::kStream) reason += fmt::format(" ({})", report.stream);
    report.rejected.add(path, reason);
}

}  // namespace

std::string_view record_kind_name(RecordKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

uint64_t MrtCounts::records_total() const {
    return std::accumulate(records.begin(), records.end(), uint64_t{0});
}

MrtReport read_mrt(std::istream& raw, const std::string& path, RouteSink& sink,
                   Progress* progress) {
    MrtReport report;
    CompressedInput input(raw, progress);
    MrtStream stream(input);
    Reader reader(sink, report.counts);
    MrtRecord record;
    while (stream.next(record)) {
        const auto problem = reader.read(record);
        if (problem != RouteProblem::kNone) reject(path, record, problem, report);
    }
    report.stream = input.problem();
    if (stream.problem() != RouteProblem::kNone) {
        reject(path, record, stream.problem(), report);
    }
    report.sha256 = input.sha256();
    return report;
}

}  // namespace lull
