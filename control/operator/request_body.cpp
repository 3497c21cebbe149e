#include "control/operator/request_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "control/utf8.h"

namespace lull {

using nlohmann::json;

RequestBody::RequestBody(std::string_view body, std::initializer_list<std::string_view> keys)
    : body_(body.empty() ? json::object() : json::parse(body, nullptr, false)) {
    if (!body_.is_object()) {
        fail("the body is no JSON object");
        body_ = json::object();
    }
    for (const auto& entry : body_.items()) {
        if (std::find(keys.begin(), keys.end(), entry.key()) == keys.end()) {
            fail(fmt::format("a key that is not known; there are {}", fmt::join(keys, ", ")));
        }
    }
}

std::string RequestBody::line(const char* key, std::size_t most, Need need) {
    const auto found = body_.find(key);
    if (found == body_.end() || found->is_null()) {
        if (need == Need::kRequired) {
            fail(fmt::format("{}: missing", key));
        }
        return "";
    }
    const auto* text = found->get_ptr<const std::string*>();
    if (text == nullptr || text->size() > most || !is_printable(*text) ||
        (need == Need::kRequired && text->empty())) {
        fail(fmt::format("{}: give one line of printable text, at most {} bytes", key, most));
        return "";
    }
    return *text;
}

void RequestBody::fail(std::string message) {
    if (!error_) {
        error_ = RequestError{400, std::move(message)};
    }
}

std::optional<uint64_t> read_id(std::string_view text) {
    uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id == 0 ||
        text.front() == '0') {
        return std::nullopt;
    }
    return id;
}

}  // namespace lull
