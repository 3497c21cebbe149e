// gzopen reads plain files too, so one reader serves MANIFEST.tsv and the gzipped truth.
#include "tests/support/shared_data.h"

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace lull::testing {

namespace {

std::string read_all(const std::filesystem::path& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) {
        throw std::runtime_error("cannot open " + path.string());
    }
    std::string text;
    std::array<char, 65536> buffer{};
    int count = 0;
    while ((count = gzread(file.get(), buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    if (count < 0) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (true) {
        const std::size_t end = text.find(separator, start);
        parts.push_back(text.substr(start, end - start));
        if (end == std::string::npos) {
            return parts;
        }
        start = end + 1;
    }
}

}  // namespace

std::filesystem::path shared_data() {
    const char* elsewhere = std::getenv("LULL_SHARED_DATA");
    return elsewhere != nullptr ? elsewhere : LULL_SOURCE_DIR "/../shared/data";
}

std::vector<std::vector<std::string>> read_tsv(const std::filesystem::path& path) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : split(read_all(path), '\n')) {
        if (!line.empty()) {
            rows.push_back(split(line, '\t'));
        }
    }
    return rows;
}

}  // namespace lull::testing
