// Burst -> a few of the addresses in it, kept in the bank: what control tries a new table on before
// it is used. One packet a burst, both its ends: the cost does not grow with the burst.
#pragma once

#include <span>

#include "dataplane/bank.h"
#include "dataplane/origin.h"
#include "dataplane/parse.h"

namespace lull {

/// Samples one packet of the burst, if it has any. Which one moves from burst to burst, so that
/// every place in a burst has its turn.
void sample_addresses(std::span<const PacketView> views, std::span<const OriginPair> origins,
                      Bank& bank);

}  // namespace lull
