// From the RIB's rows and the files beside it to a table on disk: joined, checked against the one
// that is there, and put in its place at once. It runs on a thread of its own; one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/config/config.h"
#include "control/origins/build.h"
#include "control/routes/routing_view.h"
#include "dataplane/error.h"

namespace lull {

/// The files that `routes` in lull.yaml names, MRT left out: read at the start and at each reload.
Result<BuildInput> read_table_sources(const RoutesSection& section);

/// Whether a table that has lost more than a fifth of its prefixes is published all the same.
enum class Shrinking : uint8_t { kRefuse, kForce };

struct Publication {
    Attribution attribution;
    std::size_t prefixes = 0;
    std::size_t withdrawn = 0;
    double took_s = 0;
};

class Publisher {
  public:
    /// `path`: the table's; one that is there is what the first publication is measured by.
    Publisher(std::string path, Shrinking shrinking);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    struct Remembered {
        IpPrefix prefix;
        uint32_t asn = 0;
        int64_t since_s = 0;  // unix
    };
    /// What the table on disk says was withdrawn, for the RIB of a new process.
    [[nodiscard]] const std::vector<Remembered>& found_withdrawn() const { return withdrawn_; }

    /// From start() to take().
    [[nodiscard]] bool busy() const { return thread_.joinable(); }
    [[nodiscard]] bool is_done() const;
    /// Builds of `rows`, in any order and named as `rib`, and of `sources`.
    void start(std::vector<RibRow> rows, std::shared_ptr<const BuildInput> sources, TableSource rib,
               int64_t now_s);
    /// What came of it, once it is done.
    Result<Publication> take();

  private:
    Result<Publication> publish(std::vector<RibRow> rows, BuildInput input);

    std::string path_;
    Shrinking shrinking_;
    std::size_t prefixes_ = 0;  // of the table on disk; 0: there is none
    std::vector<Remembered> withdrawn_;
    std::thread thread_;
    struct Finished;
    std::unique_ptr<Finished> finished_;
};

}  // namespace lull
