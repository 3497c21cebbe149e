#include "dataplane/sources.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lull {

namespace {

constexpr double kRegisters = kSketchRegisters;
constexpr uint32_t kMaxRank = 64 - kSketchBits + 1;

// Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6: free of
// the bias that the classic estimate has between linear counting and 5 values a register.
double sigma(double x) {
    if (x == 1.0) {
        return std::numeric_limits<double>::infinity();
    }
    double power = 1, sum = x, before = -1;
    while (sum != before) {
        x *= x;
        before = sum;
        sum += x * power;
        power += power;
    }
    return sum;
}

double tau(double x) {
    if (x == 0.0 || x == 1.0) {
        return 0.0;
    }
    double power = 1, sum = 1 - x, before = -1;
    while (sum != before) {
        x = std::sqrt(x);
        before = sum;
        power *= 0.5;
        sum -= (1 - x) * (1 - x) * power;
    }
    return sum / 3;
}

double ertl_estimate(const std::array<uint8_t, kSketchRegisters>& registers) {
    std::array<uint32_t, kMaxRank + 1> histogram{};
    for (const uint8_t rank : registers) {
        ++histogram[std::min<uint32_t>(rank, kMaxRank)];
    }
    double z = kRegisters * tau(1.0 - histogram[kMaxRank] / kRegisters);
    for (uint32_t rank = kMaxRank - 1; rank >= 1; --rank) {
        z = 0.5 * (z + histogram[rank]);
    }
    z += kRegisters * sigma(histogram[0] / kRegisters);
    return kRegisters * kRegisters / (2 * std::log(2.0) * z);
}

}  // namespace

void Sketch::merge(const Sketch& other) {
    for (std::size_t i = 0; i < kSketchRegisters; ++i) {
        registers[i] = std::max(registers[i], other.registers[i]);
    }
}

double Sketch::estimate() const {
    uint32_t zeros = 0;
    for (const uint8_t rank : registers) {
        zeros += rank == 0 ? 1u : 0u;
    }
    // Linear counting is the better of the two while a quarter of the registers is untouched, and
    // it is what most countries need: the loop above is all the work then.
    if (zeros > kSketchRegisters / 4) {
        return kRegisters * std::log(kRegisters / zeros);
    }
    return ertl_estimate(registers);
}

}  // namespace lull
