#include "control/bgp/update.h"

#include <utility>

#include "control/bgp/attributes.h"

namespace lull {
namespace {

constexpr uint32_t kMarkerBytes = 16;
constexpr uint32_t kHeaderBytes = 19;
constexpr std::size_t kEmptyBytes = 4;  // an UPDATE that says nothing: two lengths of zero
constexpr uint16_t kAfiIpv4 = 1;

class UpdateReader {
  public:
    UpdateReader(const UpdateFormat& format, BgpUpdate& out) : format_(format), out_(out) {}

    RouteProblem read(Bytes body) {
        Octets in(body);
        const Bytes withdrawn = in.take(in.u16());
        if (in.underrun()) return RouteProblem::kWithdrawnLength;
        const Bytes attribute_bytes = in.take(in.u16());
        if (in.underrun()) return RouteProblem::kAttributeLength;
        const Bytes announced = in.rest();
        if (body.size() == kEmptyBytes) out_.end_of_rib = Family::kIpv4;

        // What is taken back needs no attributes.
        const MultiprotocolRoutes plain_withdrawn{kAfiIpv4, kSafiUnicast, withdrawn};
        auto problem = read_routes(plain_withdrawn, out_.withdrawn);
        if (problem != RouteProblem::kNone) return problem;
        auto path_problem =
            read_attributes(attribute_bytes, format_.as_width, Multiprotocol::kRead, attributes_);
        if (path_problem == RouteProblem::kMultiprotocol) return path_problem;
        if (path_problem == RouteProblem::kNone) std::swap(out_.path, attributes_.path);
        const bool announces = !announced.empty() || attributes_.reach;
        if (path_problem == RouteProblem::kNone && announces && !attributes_.has_path) {
            path_problem = RouteProblem::kNoAsPath;
        }
        if (attributes_.unreach) {
            const MultiprotocolRoutes& unreach = *attributes_.unreach;
            if (unreach.nlri.empty() && unreach.safi == kSafiUnicast) {
                out_.end_of_rib = family_of(unreach.afi);
            }
            problem = read_routes(unreach, out_.withdrawn);
        }
        // RFC 7606 §2: what comes without sound attributes is treated as withdrawn, for the peer's
        // word before it holds no longer.
        auto& told = path_problem == RouteProblem::kNone ? out_.announced : out_.withdrawn;
        const MultiprotocolRoutes plain_announced{kAfiIpv4, kSafiUnicast, announced};
        if (problem == RouteProblem::kNone) problem = read_routes(plain_announced, told);
        if (problem == RouteProblem::kNone && attributes_.reach) {
            problem = read_routes(*attributes_.reach, told);
        }
        return path_problem == RouteProblem::kNone ? problem : path_problem;
    }

  private:
    RouteProblem read_routes(const MultiprotocolRoutes& routes, std::vector<Nlri>& out) {
        const auto family = family_of(routes.afi);
        if (!family || (routes.safi != kSafiUnicast && routes.safi != kSafiMulticast)) {
            ++out_.other_families;
            return RouteProblem::kNone;
        }
        const AddPath add_path = *family == Family::kIpv4 ? format_.add_path4 : format_.add_path6;
        return read_nlri(Octets(routes.nlri), *family, routes.safi, add_path, out);
    }

    const UpdateFormat& format_;
    BgpUpdate& out_;
    Attributes attributes_;
};

void clear(BgpUpdate& update) {
    update.withdrawn.clear();
    update.announced.clear();
    update.path.clear();
    update.other_families = 0;
    update.end_of_rib.reset();
}

}  // namespace

RouteProblem read_message(Bytes bytes, BgpMessage& out) {
    Octets in(bytes);
    in.take(kMarkerBytes);
    const uint16_t length = in.u16();
    const uint8_t type = in.u8();
    const bool known = type >= static_cast<uint8_t>(MessageType::kOpen) &&
                       type <= static_cast<uint8_t>(MessageType::kRouteRefresh);
    if (in.underrun() || length < kHeaderBytes || length > bytes.size() || !known) {
        return RouteProblem::kMessageHeader;
    }
    out.type = static_cast<MessageType>(type);
    out.body = in.take(length - kHeaderBytes);
    return RouteProblem::kNone;
}

RouteProblem read_update(Bytes body, const UpdateFormat& format, BgpUpdate& out) {
    clear(out);
    return UpdateReader(format, out).read(body);
}

}  // namespace lull
