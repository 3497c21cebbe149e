"""The page that is embedded is the one that its sources make."""
import shutil
import subprocess
import unittest

import lull


class BuiltPage(unittest.TestCase):
    def test_the_committed_page_is_what_its_sources_make(self):
        for tool in ("node", "npm"):
            if shutil.which(tool) is None:
                lull.skip_loudly(self, f"{tool} is not there (scripts/test.sh installs it)")
        done = subprocess.run([lull.SOURCE / "tests/web/rebuild.sh"], text=True, capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
