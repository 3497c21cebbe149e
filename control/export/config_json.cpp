#include "control/export/config_json.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <string>

#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

/// "https://user:secret@host/" without what stands before the @.
std::string redact_url(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    const std::size_t end = url.find('/', host);
    const std::size_t at = url.rfind('@', end);
    return at == std::string::npos || at < host ? url
                                                : url.substr(0, host) + "redacted" + url.substr(at);
}

template <typename T, typename Function>
json list_of(const std::vector<T>& values, Function text_of) {
    json list = json::array();
    for (const T& value : values) {
        list.push_back(text_of(value));
    }
    return list;
}

std::string mac_text(const std::array<uint8_t, 6>& mac) {
    return fmt::format("{:02x}", fmt::join(mac, ":"));
}

std::string prefix4_text(const Route4& route) {
    const uint32_t a = route.address;
    return fmt::format("{}.{}.{}.{}/{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
                       route.length);
}

std::string prefix6_text(const Route6& route) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(AF_INET6, route.address.data(), text, sizeof text);
    return fmt::format("{}/{}", text, route.length);
}

json port_json(const PortSection& port) {
    json decap = json::array();
    if (port.decap.gre) {
        decap.push_back("gre");
    }
    if (port.decap.erspan) {
        decap.push_back("erspan");
    }
    if (port.decap.vxlan) {
        decap.push_back("vxlan");
    }
    json prefixes = list_of(port.exclude.prefixes4, prefix4_text);
    for (const Route6& route : port.exclude.prefixes6) {
        prefixes.push_back(prefix6_text(route));
    }
    return {
        {"name", port.name},
        {"device", port.device},
        {"group", port.group},
        {"cores", port.cores},
        {"decap", std::move(decap)},
        {"slice", port.slice_bytes > 0 ? json(port.slice_bytes) : json(nullptr)},
        {"exclude",
         {{"macs", list_of(port.exclude.macs, mac_text)},
          {"vlans", port.exclude.vlans},
          {"prefixes", std::move(prefixes)}}},
    };
}

const char* hugepages_text(EalConfig::Hugepages value) {
    switch (value) {
        case EalConfig::Hugepages::kAuto:
            return "auto";
        case EalConfig::Hugepages::kOn:
            return "on";
        case EalConfig::Hugepages::kOff:
            return "off";
    }
    return "auto";
}

const char* origins_text(ExportSection::Origins value) {
    switch (value) {
        case ExportSection::Origins::kVolume:
            return "volume";
        case ExportSection::Origins::kRatio:
            return "ratio";
        case ExportSection::Origins::kOff:
            return "off";
    }
    return "volume";
}

const char* level_text(LogSection::Level value) {
    switch (value) {
        case LogSection::Level::kTrace:
            return "trace";
        case LogSection::Level::kDebug:
            return "debug";
        case LogSection::Level::kInfo:
            return "info";
        case LogSection::Level::kWarning:
            return "warning";
        case LogSection::Level::kError:
            return "error";
    }
    return "info";
}

json time_or_null(const std::optional<int64_t>& time_ns) {
    return time_ns ? json(format_time(*time_ns)) : json(nullptr);
}

}  // namespace

json config_json(const Config& config) {
    const auto& [hugepages, memory_mb, main_core, extra_eal_args] = config.dpdk;
    return {
        {"path", config.path},
        {"notes", config.notes},
        {"site", config.site},
        {"dpdk",
         {{"hugepages", hugepages_text(hugepages)},
          {"memory_mb", memory_mb > 0 ? json(memory_mb) : json("auto")},
          {"main_core", main_core},
          {"extra_eal_args", extra_eal_args}}},
        {"ports", list_of(config.ports, port_json)},
        {"origins", {{"table", config.origins.table}, {"watch", config.origins.watch}}},
        {"detect",
         {{"tick", format_duration(config.detect.tick_s)},
          {"false_alarms_per_year", config.detect.false_alarms_per_year},
          {"home", config.detect.home},
          {"watch", config.detect.watch},
          {"ignore", config.detect.ignore}}},
        {"http",
         {{"listen", config.http.listen},
          {"external_url",
           config.http.external_url ? json(redact_url(*config.http.external_url)) : json(nullptr)},
          {"enable_lifecycle", config.http.enable_lifecycle}}},
        {"export",
         {{"top_origins", config.exports.top_origins},
          {"origins", origins_text(config.exports.origins)},
          {"max_series", config.exports.max_series}}},
        {"clock",
         {{"scale", config.clock.scale},
          {"epoch", time_or_null(config.clock.epoch_ns)},
          {"at", time_or_null(config.clock.at_ns)}}},
        {"log",
         {{"level", level_text(config.log.level)},
          {"format", config.log.format == LogSection::Format::kJson ? "json" : "text"}}},
    };
}

}  // namespace lull
