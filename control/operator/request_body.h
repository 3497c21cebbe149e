// One JSON object of strings, read strictly: each key is asked for once, and what was not asked for
// is a mistake. The first mistake is kept.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "control/operator/request.h"

namespace lull {

class RequestBody {
  public:
    /// `keys`: all that may be in it.
    RequestBody(std::string_view body, std::initializer_list<std::string_view> keys);

    enum class Need : uint8_t { kOptional, kRequired };
    /// One printable line of at most `most` bytes; "" where it is optional and not there.
    std::string line(const char* key, std::size_t most, Need need);
    void fail(std::string message);
    [[nodiscard]] const std::optional<RequestError>& error() const { return error_; }

    /// The request, or the first mistake.
    template <typename Request>
    RequestResult<OperatorRequest> result(Request request) const {
        if (error_) {
            return tl::unexpected(*error_);
        }
        return OperatorRequest(std::move(request));
    }

  private:
    nlohmann::json body_;
    std::optional<RequestError> error_;
};

/// A whole decimal number above 0; nullopt for anything else.
std::optional<uint64_t> read_id(std::string_view text);

}  // namespace lull
