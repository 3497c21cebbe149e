// The command line as plain words: what completions and the manual page are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lull {

/// What a shell offers behind an option or in the place of a positional.
enum class ValueKind : uint8_t {
    kNone,    // a flag: no value
    kChoice,  // one of `choices`
    kNumber,  // nothing to offer
    kText,    // may be the name of a file: files are offered
};

struct OptionWords {
    std::vector<std::string> names;  // "-h", "--help"; empty for a positional
    std::string value;               // "FILE"; what stands for its value, empty for a flag
    std::string description;
    ValueKind kind = ValueKind::kNone;
    std::vector<std::string> choices;
    bool required = false;
    bool repeats = false;
};

struct CommandWords {
    std::string name;      // "build"
    std::string alias_of;  // the command that this is another name of, with all of its words
    std::string description;
    std::string example;               // the text under --help, with its line breaks
    std::vector<OptionWords> options;  // in the order of --help
    std::vector<OptionWords> positionals;
    std::vector<CommandWords> commands;  // those that --help shows
};

}  // namespace lull
