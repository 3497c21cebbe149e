"""What the documents tell an operator to type: every command of configs/README.md runs, unless its
paragraph says what it needs, and every `lull …` in any document is a command with such options."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import lull
from completion_test import all_commands

DOCUMENTS = ("README.md", "configs/README.md", "configs/devices.md", "configs/lull.yaml",
             "configs/prometheus/README.md", "configs/prometheus/runbooks.md",
             "configs/collectors/README.md")
MARKS = ("needs hardware", "needs systemd", "needs a package")
# Marked for other commands of the block: these run all the same.
ALWAYS = ("lull check",)


def blocks(text):
    """(paragraph before, lines) of each block of code."""
    parts = re.split(r"^```\w*\n", text, flags=re.M)
    for before, code in zip(parts[0::2], parts[1::2]):
        yield before.strip().rsplit("\n\n", 1)[-1], code.splitlines()


class Operating(unittest.TestCase):
    """configs/README.md, typed top to bottom on a made-up host with a monitor that runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lull-test.")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path in ("etc/lull", "var/lib/lull", "tmp", "bin"):
            (self.root / path).mkdir(parents=True)
        for file in (lull.SOURCE / "configs").glob("*.yaml"):
            shutil.copy(file, self.root / "etc/lull")
        shutil.copy(lull.SOURCE / "configs/systemd/devices.conf", self.root / "etc/lull")
        (self.root / "bin/lull").symlink_to(lull.BINARY)
        (self.root / "bin/lull-devices").symlink_to(lull.SOURCE / "configs/systemd/lull-devices")
        # Debian's database takes a minute; a made-up world stands in for it.
        (self.root / "world.txt").write_text(lull.dump_text(lull.world_rows()), encoding="utf-8")
        location = self.root / "bin/location"
        location.write_text(f'#!/bin/sh\ncp "{self.root}/world.txt" "$2"\n', encoding="utf-8")
        location.chmod(0o755)
        # Nor is there a user lull here: what it was given is remembered.
        chown = self.root / "bin/chown"
        chown.write_text(f'#!/bin/sh\necho "$@" >> "{self.root}/chown.txt"\n', encoding="utf-8")
        chown.chmod(0o755)
        rows = "".join(f"2026-02-{day:02}T{hour:02}:00:00Z,KP,{1000 + hour}\n"
                       for day in range(1, 29) for hour in range(24))
        rows += "".join(f"2026-03-01T{hour:02}:00:00Z,KP,{1000 + hour}\n" for hour in range(24))
        (self.root / "countries.csv").write_text("time,country,flows\n" + rows, encoding="utf-8")

    def start_monitor(self):
        table = lull.build_table(self.root, lull.world_rows())
        # It reads from a socket on which nobody speaks: enough to be asked.
        monitor = lull.Monitor(self.root / "var/lib/lull", table)
        self.addCleanup(monitor.stop)
        monitor.wait_ready()
        shutil.copy(monitor.config, self.root / "etc/lull/lull.yaml")
        return monitor

    def translated(self, line, monitor):
        line = re.sub(r"(?<!\S)/(etc|var|tmp)/", rf"{self.root}/\1/", line)
        line = line.replace("/usr/share/lull", str(lull.SOURCE / "configs"))
        return line.replace("http://127.0.0.1:9464", monitor.url)

    def type(self, line):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False,
            cwd=self.root, timeout=120,
            env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                 "LULL_DEVICES_CONFIG": str(self.root / "etc/lull/devices.conf")})

    maxDiff = None

    def test_each_command_runs_or_says_what_it_needs(self):
        if shutil.which("promtool") is None:
            lull.skip_loudly(self, "promtool is not installed (Debian: prometheus)")
        monitor, ran, failed = self.start_monitor(), 0, []
        text = (lull.SOURCE / "configs/README.md").read_text(encoding="utf-8")
        for before, lines in blocks(text):
            marked = any(mark in before for mark in MARKS)
            for line in lines:
                if marked and not line.startswith(ALWAYS):
                    continue
                done = self.type(self.translated(line, monitor))
                ran += 1
                # `check` runs on whatever machine this is: it may say 3, would not run.
                allowed = (0, 3) if line.startswith(ALWAYS) else (0,)
                if done.returncode not in allowed:
                    failed.append(f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        self.assertEqual(failed, [])
        self.assertGreater(ran, 12)
        secrets = sorted((self.root / "etc/lull").glob("*.key"))
        self.assertEqual((self.root / "chown.txt").read_text(encoding="utf-8").splitlines(),
                         [f"root:lull {path}" for path in secrets])
        self.assertEqual({path.stat().st_mode & 0o777 for path in secrets}, {0o640})


class Words(unittest.TestCase):
    @staticmethod
    def code_of(text):
        """What stands in backticks, and each line of a block."""
        for _, lines in blocks(text):
            yield from "\n".join(lines).replace("\\\n", " ").splitlines()
        for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)):
            yield span

    def test_each_lull_command_in_a_document_is_one_and_has_such_options(self):
        commands, wrong, found = all_commands(), [], 0
        for name in DOCUMENTS:
            for code in self.code_of((lull.SOURCE / name).read_text(encoding="utf-8")):
                for words in re.findall(r"(?<![\w.-])lull ([a-z][^|&;]*)", code):
                    words, path = words.split(), ()
                    while words and (*path, words[0]) in commands:
                        path = (*path, words.pop(0))
                    found += 1
                    if not path or (commands[path].commands and words):
                        wrong.append(f"{name}: {code}: no such command")
                        continue
                    wrong += [f"{name}: {code}: no {word}" for word in words
                              if word.startswith("--") and word not in commands[path].options]
        self.assertEqual(wrong, [])
        self.assertGreater(found, 50)


class Manuals(unittest.TestCase):
    def rendered(self, page):
        done = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True,
                              check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                                               "MANWIDTH": "120"})
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_lull_yaml_5_has_each_key_and_what_is_said_of_it(self):
        config = lull.SOURCE / "configs/lull.yaml"
        made = subprocess.run([lull.SOURCE / "scripts/config_manual.py", config], check=True,
                              capture_output=True, text=True).stdout
        with tempfile.NamedTemporaryFile("w", suffix=".5", encoding="utf-8") as file:
            file.write(made)
            file.flush()
            text = " ".join(re.sub("\u2010\n *", "", self.rendered(file.name)).split())
        keys = comments = 0
        for line in config.read_text(encoding="utf-8").splitlines():
            key = re.match(r" *(?:- )?(\w+:)", line)
            comment = re.search(r"(?<!\w)# +([^#`'\"-]{4,30})", line)
            if key and not line.startswith("#"):
                self.assertIn(key[1].rstrip(":"), text, line)
                keys += 1
            if comment:
                self.assertIn(" ".join(comment[1].split()[:3]), text, line)
                comments += 1
        self.assertGreater(min(keys, comments), 50)

    def test_lull_devices_8_renders(self):
        self.assertIn("hugepages", self.rendered(lull.SOURCE / "configs/systemd/lull-devices.8"))


if __name__ == "__main__":
    unittest.main()
