#include "control/bmp/routers.h"

#include "control/bmp/session.h"

namespace lull {

uint32_t BmpRouters::claim(const IpPrefix& address, const std::string& name, BmpSession& session) {
    auto slot = slots_.find({address, name});
    if (slot == slots_.end()) {
        ++last_number_;
        if (slots_.size() >= limits_.known_routers) return last_number_;
        slot = slots_.emplace(std::pair(address, name), Slot{last_number_, nullptr}).first;
    }
    if (slot->second.holder != nullptr) slot->second.holder->end(RouterDownReason::kReplaced);
    slot->second.holder = &session;
    return slot->second.number;
}

void BmpRouters::release(const BmpSession& session) {
    const auto slot = slots_.find({session.router().address, session.router().name});
    if (slot != slots_.end() && slot->second.holder == &session) slot->second.holder = nullptr;
}

bool BmpRouters::add_peer(std::size_t peers_of_router) {
    if (peers_of_router >= limits_.peers_per_router || peers_ >= limits_.peers) return false;
    ++peers_;
    return true;
}

}  // namespace lull
