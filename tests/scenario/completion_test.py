"""Completions and the manual page: whatever --help names is in each of them, because they are made
of the same command line; bash is asked as a user asks it."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import lull


class Words:
    """What `lull … --help` names: commands below, options, and the words of choices."""

    def __init__(self, path):
        text = lull.run(*path, "--help").stdout
        self.options, self.commands, section = set(), [], ""
        for line in text.splitlines():
            if re.match(r"[A-Z]\w+:$", line):
                section = line
            entry = re.match(r"  ([^\s,]+(?:, ?[^\s,]+)*)", line)
            if not entry:
                continue
            if section == "Subcommands:":
                self.commands += entry[1].split(", ")  # a command and its other names
            elif section == "Options:":
                self.options |= {name for name in entry[1].split(",") if name.startswith("-")}


def all_commands():
    """{("table", "build"): Words, …}, from the command line itself."""
    found, ahead = {}, [()]
    while ahead:
        path = ahead.pop()
        found[path] = Words(path)
        ahead += [(*path, name) for name in found[path].commands]
    return found


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = all_commands()
        cls.texts = {what: lull.run("completion", what).stdout
                     for what in ("bash", "zsh", "fish", "man")}

    def file_of(self, what):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name, f"lull.{what}")
        path.write_text(self.texts[what], encoding="utf-8")
        return path

    def ask_bash(self, lines):
        """What bash offers at the end of each line, as sets of words; one bash for all of them."""
        script = f"source {self.file_of('bash')}\n"
        for line in lines:
            words = " ".join(f"'{word}'" for word in line)
            script += (f"COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; COMPREPLY=(); _lull;"
                       " printf '%s ' \"${COMPREPLY[@]}\"; echo\n")
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True,
                              check=True, cwd=lull.SOURCE)
        self.assertEqual(done.stderr, "")
        return [set(answer.split()) for answer in done.stdout.splitlines()]

    def test_help_names_a_good_part_of_the_contract(self):
        # Else the tests below would compare nothing with nothing.
        for path in (("run",), ("table", "build"), ("incident", "pack"), ("members", "sync")):
            self.assertIn(path, self.commands)
        self.assertIn("--config", self.commands["run",].options)

    def test_each_command_has_help_with_an_example(self):
        for path in self.commands:
            if path:
                with self.subTest(command=" ".join(path)):
                    self.assertRegex(lull.run(*path, "--help").stdout, r"Examples?:\n  \w")

    def test_bash_offers_each_command_and_option_that_help_names(self):
        paths = list(self.commands)
        below = self.ask_bash([("lull", *path, "") for path in paths])
        options = self.ask_bash([("lull", *path, "-") for path in paths])
        for path, offered, offered_options in zip(paths, below, options):
            words = self.commands[path]
            if words.commands:
                self.assertEqual(offered, set(words.commands), path)
            self.assertEqual(offered_options, words.options, path)

    def test_bash_offers_choices_files_and_nothing_for_a_number(self):
        choices, beginning, what, files, behind_sign, number, flag = self.ask_bash([
            ("lull", "replay", "--names", ""), ("lull", "replay", "--names", "l"),
            ("lull", "show", "c"), ("lull", "run", "--config", "configs/lull.y"),
            ("lull", "check", "--config", "=", "configs/lull.y"), ("lull", "replay", "--seed", ""),
            ("lull", "check", "--json", "--di")])
        self.assertEqual(choices, {"all", "listed"})
        self.assertEqual(beginning, {"listed"})
        self.assertEqual(what, {"countries", "country", "config"})
        self.assertEqual(files, {"configs/lull.yaml"})
        self.assertEqual(behind_sign, {"configs/lull.yaml"})
        self.assertEqual(number, set())
        self.assertEqual(flag, {"--diff"})

    def test_zsh_has_each_command_and_option_that_help_names(self):
        functions = dict(re.findall(r"^(_lull\w*)\(\) \{\n(.*?)^\}", self.texts["zsh"], re.M | re.S))
        for path, words in self.commands.items():
            body = functions["_".join(("_lull", *path))]
            for name in words.options:
                self.assertRegex(body, rf"'\*?{name}\[", path)
            for name in words.commands:
                self.assertRegex(body, rf"(?m)^ +'{name}:", path)
                self.assertRegex(body, rf"(?m)^ +{name}\) _lull", path)

    def test_fish_has_each_command_and_option_that_help_names(self):
        lines = self.texts["fish"].splitlines()
        for path, words in self.commands.items():
            begin = f"complete -c lull -n '__lull_at \"{' '.join(('lull', *path))}\"'"
            here = "\n".join(line.removeprefix(begin) for line in lines if line.startswith(begin))
            for name in words.options:
                flag = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                self.assertRegex(here, rf"(?m)^.* {flag} ", path)
            for name in words.commands:
                self.assertRegex(here, rf"(?m)^ -a {name} ", path)

    def test_the_other_shells_take_them(self):
        missing = [shell for shell in ("zsh", "fish") if shutil.which(shell) is None]
        for shell in {"zsh", "fish"} - set(missing):
            subprocess.run([shell, "-n", self.file_of(shell)], check=True)
        if "fish" not in missing:
            script = f"source {self.file_of('fish')}; complete -C 'lull table '"
            done = subprocess.run(["fish", "--no-config", "-c", script], check=True,
                                  capture_output=True, text=True)
            self.assertEqual({line.split("\t")[0] for line in done.stdout.splitlines()},
                             set(self.commands["table",].commands))
        if missing:
            lull.skip_loudly(self, f"{' and '.join(missing)} not installed: syntax not looked at")

    def test_the_manual_has_each_command_and_option_and_renders_without_a_warning(self):
        done = subprocess.run(["man", "--warnings", "-l", self.file_of("man")], check=True,
                              capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
        self.assertEqual(done.stderr, "")
        self.assertIn("EXIT STATUS", done.stdout)
        for path, words in self.commands.items():
            if words.commands:
                continue
            section = re.search(rf"^   lull {' '.join(path)}\b.*?(?=^   lull |\Z)", done.stdout,
                                re.M | re.S)
            self.assertIsNotNone(section, path)
            if "another name of" in section[0]:
                continue
            for name in words.options - {"-h", "--help"}:
                self.assertRegex(section[0], rf"(?m)^ +(-[\w-]+, )*{name}\b", path)

    def test_completion_itself_is_not_advertised(self):
        self.assertNotIn("completion", lull.run("--help").stdout)
        lull.run("completion", "tcsh", code=2)


if __name__ == "__main__":
    unittest.main()
