#!/usr/bin/env python3
"""What the compiler does not check: who includes whom, where each library is named, what hot files
may not say, that the tests which scripts name are there. Prints every offence with its place; exits 1 if there is one."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]

# control/ sees the dataplane through these alone.
DOORS = {"types", "error", "limits", "eal", "snapshot", "sources", "tables", "engine", "transmit",
         "parse", "cursor", "flow_facts", "flow_record", "members", "bench", "inspect_set", "inspect_counts",
         "patterns", "signature"}
# Each library stays behind the files named here.
LIBRARIES = {
    "microhttpd.h": {"control/http/server.cpp", "control/http/reply.h", "control/http/exchange.h"},
    "sqlite3.h": {"control/store/database.cpp"},
    "curl/": {"control/http/client.cpp", "control/ipfix/collector.cpp"},
    "fixbuf/": {"control/ipfix/encoder.cpp"},
    "curses.h": {"control/top/terminal.cpp"},
    "CLI/": {"control/cli.cpp", "control/cli_completion.cpp", "control/cli_members.cpp", "control/cli_operator.cpp", "control/cli_store.cpp", "control/cli_table.cpp",
            "control/cli_top.cpp", "control/cli_words.h"},
    "spdlog/": {"control/log.cpp"},
    "date/": {"control/country.cpp", "control/time_text.cpp"},
    "gnutls/": {"control/notify/signature.cpp", "control/origins/sha256.cpp", "control/http/tls.cpp"},
    "crypt.h": {"control/http/gate.cpp"},
    "systemd/": {"control/daemon.cpp", "control/routes/collector.cpp"},
    "maxminddb.h": {"control/origins/mmdb.cpp"},
    "zlib.h": {"control/mrt/compressed.cpp", "control/http/encoding.cpp"},
    "bzlib.h": {"control/mrt/compressed.cpp"},
    "lzma.h": {"control/mrt/compressed.cpp"},
    "hs/": {"dataplane/inspect/patterns.cpp"},
    "nettle/": {"dataplane/inspect/quic.cpp"},
    "rte_": {"dataplane/", "control/config/machine.cpp"},  # there: where the drivers are
}
HOT = ["dataplane/burst.h", "dataplane/bank.h", "dataplane/count.h", "dataplane/cursor.h",
       "dataplane/flow.cpp", "dataplane/flow_key.h", "dataplane/flow_table.cpp",
       "dataplane/flow_table.h", "dataplane/origin.cpp", "dataplane/signals.cpp",
       "dataplane/parse.cpp", "dataplane/parse_link.cpp", "dataplane/parse_plain.h",
       "dataplane/parse_tunnel.cpp", "dataplane/inspect/fields.cpp", "dataplane/inspect/inspector.cpp",
       "dataplane/inspect/quic.cpp", "dataplane/inspect/surge.cpp", "dataplane/hash_counts.h",
       "dataplane/prefix_trie.h", "dataplane/rss.cpp", "dataplane/sample.cpp", "dataplane/wire.cpp",
       "dataplane/wire.h", "dataplane/worker.cpp"]
FORBIDDEN = re.compile(r"\b(new|malloc|std::string\b|std::function|std::mutex|lock_guard|virtual|"
                       r"throw|try|printf|fmt::|syscall|sleep\w*)\b")
MAX_LINES = 520


def check_include(name, where, included):
    stem = pathlib.Path(included).stem
    if name.startswith("dataplane/"):
        if included.startswith("control/"):
            return [f"{where}: dataplane includes control"]
    elif included.startswith("dataplane/") and stem not in DOORS:
        return [f"{where}: control reaches past the doors, to {included}"]
    for library, homes in LIBRARIES.items():
        if included.startswith(library) and not any(name.startswith(home) for home in homes):
            return [f"{where}: {library} is named outside {', '.join(sorted(homes))}"]
    return []


def check_named_tests():
    """`story_test.Class.test_what`, in a script that is run on demand: moved tests are missed late."""
    offences = []
    for script in sorted((TOP / "scripts").rglob("*.sh")):
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), 1):
            for story, group, test in re.findall(r"\b(\w+_test)\.([A-Z]\w*)(?:\.(test_\w+))?", line):
                path = TOP / "tests" / "scenario" / f"{story}.py"
                text = path.read_text(encoding="utf-8") if path.exists() else ""
                if f"class {group}(" not in text or (test and f"def {test}(" not in text):
                    where = f"{script.relative_to(TOP)}:{number}"
                    offences.append(f"{where}: no {group}.{test or '*'} in tests/scenario/{story}.py")
    return offences


def main():
    offences = []
    files = sorted(p for folder in ("dataplane", "control") for p in (TOP / folder).rglob("*")
                   if p.suffix in (".h", ".cpp"))
    for path in files:
        name = str(path.relative_to(TOP))
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            offences.append(f"{name}: {len(lines)} lines: is it two things?")
        for number, line in enumerate(lines, 1):
            where = f"{name}:{number}"
            include = re.match(r'#include ["<]([^">]+)[">]', line)
            if include:
                offences += check_include(name, where, include[1])
            elif name in HOT and FORBIDDEN.search(line.split("//")[0]):
                offences.append(f"{where}: hot file: {line.strip()}")
    offences += check_named_tests()
    for offence in offences:
        print(offence)
    print(f"{len(files)} files looked at, {len(offences)} offences")
    return 1 if offences or not files else 0


if __name__ == "__main__":
    sys.exit(main())
