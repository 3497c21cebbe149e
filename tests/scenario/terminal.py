"""A real terminal for tests: tmux, on a socket of its own. What is on its screen is read back."""
import os
import shlex
import shutil
import subprocess

import lull


class Terminal:
    """Runs `lull WORDS` on a screen of its own, between a line before and its exit code after."""

    def __init__(self, case, *words, width=80, height=24, environment=None):
        if shutil.which("tmux") is None:
            lull.skip_loudly(case, "tmux is not there")
        self.socket = case.folder / f"tmux{len(os.listdir(case.folder))}"
        case.addCleanup(self.tmux, "kill-server", check=False)
        command = " ".join(shlex.quote(str(word)) for word in (lull.BINARY, *words))
        script = (f"trap : INT; echo before; {command}; echo ended $?; "
                  "stty -a | grep -q ' -echo ' || echo typing is seen; cat")
        names = {"LC_ALL": "C.UTF-8", **(environment or {})}
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in names.items())
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
                  f"env -u NO_COLOR {settings} sh -c {shlex.quote(script)}")

    def tmux(self, *words, check=True):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], capture_output=True,
                              text=True, check=check, timeout=60).stdout

    def keys(self, *names):
        """Enter, Escape, Down, C-c; a single letter is itself."""
        self.tmux("send-keys", *names)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def text(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait(self, condition, what):
        """Until condition(text) holds; the text."""
        def found():
            text = self.text()
            return text if condition(text) else None
        try:
            return lull.wait_for(found, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen:\n{self.text()}") from None

    def shows(self, *words):
        return self.wait(lambda text: all(word in text for word in words), " and ".join(words))
