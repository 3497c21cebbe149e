"""A real `lull routes`, for tests that give it routes."""
import json
import pathlib
import subprocess
import urllib.request

import lull


class Collector:
    """A running `lull routes`. `rows`: the countries of networks, as lull.dump_text() has them;
    `routes`: more of its section of the config."""

    def __init__(self, folder, rows=(), **routes):
        self.folder = pathlib.Path(folder)
        self.table = self.folder / "origins.lut"
        self.http, self.bmp = lull.free_port(), lull.free_port()
        dump = self.folder / "countries.txt"
        dump.write_text(lull.dump_text(rows), encoding="utf-8")
        settings = {"bmp_listen": [f"127.0.0.1:{self.bmp}"], "location_dump": [str(dump)],
                    "listen": [f"127.0.0.1:{self.http}"], **routes}
        self.config = self.folder / "routes.yaml"
        self.config.write_text(json.dumps({"origins": {"table": str(self.table)},
                                           "routes": settings}), encoding="utf-8")
        self.log = self.folder / "routes.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([lull.BINARY, "routes", "--config", str(self.config)],
                                            stderr=log)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def metric(self, name, **labels):
        return lull.total(lull.metrics_of(self.get("/metrics")), name, **labels)

    def resident_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0

    def witness(self, code="KP"):
        """Of a country, as the file beside the table says; {} before there is one."""
        try:
            text = pathlib.Path(f"{self.table}.witness").read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        document = json.loads(text)
        return {**document["countries"].get(code, {}), "heard": document["peers_heard"]}

    def lookup(self, address):
        return json.loads(lull.run("table", "lookup", self.table, address, "--json").stdout)[0]

    def text(self):
        return self.log.read_text(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
