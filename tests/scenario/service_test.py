"""What an operator installs beside the binary: units that are hardened and hold together, and
lull-devices, which takes ports and hugepages and gives them back, tried on a made-up /sys."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

import lull

SYSTEMD = lull.SOURCE / "configs/systemd"
HELPER = SYSTEMD / "lull-devices"
PORT, OTHER, DISK = "0000:3b:00.0", "0000:3b:00.1", "0000:04:00.0"


class Units(unittest.TestCase):
    """The units as they would be installed, below a folder of their own."""

    def setUp(self):
        if shutil.which("systemd-analyze") is None:
            lull.skip_loudly(self, "systemd-analyze is not installed (Debian: systemd)")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # What they start is there and can be executed, whatever machine this is.
        for unit in SYSTEMD.glob("*.service"):
            text = re.sub(r"/usr/s?bin/lull\S*", "/bin/true", unit.read_text(encoding="utf-8"))
            text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
            (self.folder / unit.name).write_text(text, encoding="utf-8")

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, text=True,
                              check=False, env={**os.environ, "LC_ALL": "C.UTF-8",
                                                "SYSTEMD_UNIT_PATH": f"{self.folder}:"})

    def exposure(self, unit):
        done = self.analyze("security", "--offline=true", str(self.folder / unit))
        return float(re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)[1])

    def test_units_hold_together(self):
        for unit in ("lull.service", "lull-routes.service", "lull-devices.service"):
            done = self.analyze("verify", "--man=no", str(self.folder / unit))
            ours = [line for line in done.stderr.splitlines() if "lull" in line]
            self.assertEqual((done.returncode, ours), (0, []), unit)

    def test_a_wrong_file_is_not_tried_again_and_one_that_is_not_there_yet_is(self):
        """systemd looks at the exit code of the main process alone."""
        for unit in ("lull.service", "lull-routes.service"):
            text = (SYSTEMD / unit).read_text(encoding="utf-8")
            self.assertEqual(re.findall(r"(?m)^ExecStartPre=(.)", text), ["-"], unit)
            self.assertIn("\nRestartPreventExitStatus=2 3\n", text)
        config = self.folder / "lull.yaml"
        config.write_text("detect: {tick: nonsense}\n", encoding="utf-8")
        lull.run("run", "--config", config, code=3)
        lull.run("routes", "--config", config, code=3)
        config.write_text(f"origins: {{table: {self.folder}/none.lut}}\n"
                          "ports: [{name: tap0, cores: [0], device: net_null0}]\n"
                          "store: {path: null}\n", encoding="utf-8")
        self.assertIn("none.lut", lull.run("run", "--config", config, code=1).stderr)

    def test_exposure_is_at_most_two(self):
        for unit in ("lull.service", "lull-routes.service"):
            self.assertLessEqual(self.exposure(unit), 2.0, unit)

    def test_the_monitor_may_ask_the_kernel_whether_its_clock_is_right(self):
        done = self.analyze("security", "--offline=true", "--json=short", str(self.folder / "lull.service"))
        rows = {row["json_field"]: row for row in json.loads(done.stdout)}
        self.assertIn("adjtimex is allowed", rows["SystemCallFilter_clock"]["description"])
        self.assertFalse(rows["ProtectClock"]["set"])
        self.assertTrue(rows["CapabilityBoundingSet_CAP_SYS_TIME"]["set"])  # asks, and sets nothing

    def test_each_drop_in_is_understood_and_says_what_it_costs(self):
        for example in sorted((SYSTEMD / "examples").glob("*.conf")):
            drop_in = self.folder / "lull.service.d" / example.name
            drop_in.parent.mkdir(exist_ok=True)
            shutil.copy(example, drop_in)
            done = self.analyze("verify", "--man=no", str(self.folder / "lull.service"))
            ours = [line for line in done.stderr.splitlines() if "lull" in line]
            self.assertEqual((done.returncode, ours), (0, []), example.name)
            self.assertLessEqual(self.exposure("lull.service"), 4.0, example.name)
            drop_in.unlink()

    def test_user_folders_and_group_are_made_as_the_units_want_them(self):
        root = self.folder / "root"
        for path, source in (("usr/lib/sysusers.d/lull.conf", "sysusers.conf"),
                             ("usr/lib/tmpfiles.d/lull.conf", "tmpfiles.conf")):
            (root / path).parent.mkdir(parents=True)
            shutil.copy(SYSTEMD / source, root / path)
        (root / "etc").mkdir()
        subprocess.run(["systemd-sysusers", f"--root={root}"], check=True, capture_output=True)
        self.assertRegex((root / "etc/passwd").read_text(encoding="utf-8"),
                         r"(?m)^lull:x:\d+:\d+:.*:/var/lib/lull:/usr/sbin/nologin$")
        self.assertRegex((root / "etc/group").read_text(encoding="utf-8"), r"(?m)^vfio:x:\d+:lull$")
        if os.geteuid() != 0:
            lull.skip_loudly(self, "only root can make another user's folders")
        subprocess.run(["systemd-tmpfiles", f"--root={root}", "--create"], check=True,
                       capture_output=True)
        for folder in ("var/lib/lull", "run/lull"):
            self.assertEqual((root / folder).stat().st_mode & 0o777, 0o750)


class Notify(unittest.TestCase):
    """What the units wait for: readiness, a sign of life each second, and that it stops."""

    def test_run_and_routes_tell_systemd_how_they_are(self):
        folder = tempfile.TemporaryDirectory(prefix="lull-test.")
        self.addCleanup(folder.cleanup)
        folder = pathlib.Path(folder.name)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(folder / "notify"))
            ear.settimeout(60)
            table = lull.build_table(folder, lull.world_rows())
            prefix = ("env", f"NOTIFY_SOCKET={folder}/notify")
            monitor = lull.Monitor(folder, table, prefix=prefix)
            self.addCleanup(monitor.stop)
            self.hear(ear, monitor.stop)
            (folder / "mrt").mkdir()
            routes = folder / "routes.yaml"
            routes.write_text(monitor.config.read_text(encoding="utf-8") + "routes: {mrt: "
                              f"['{folder}/mrt'], listen: ['127.0.0.1:{lull.free_port()}']}}\n",
                              encoding="utf-8")
            process = subprocess.Popen([*prefix, lull.BINARY, "routes", "--config", routes],
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(process.kill)

            def stop():
                process.terminate()
                return process.wait(timeout=60)
            self.hear(ear, stop)

    def hear(self, ear, stop):
        heard = [ear.recv(4096).decode()]
        while heard[-1] != "READY=1":
            # Life before readiness is of no harm.
            self.assertEqual(heard[-1], "WATCHDOG=1")
            heard.append(ear.recv(4096).decode())
        self.assertEqual(ear.recv(4096).decode(), "WATCHDOG=1")
        self.assertEqual(stop(), 0)
        while (word := ear.recv(4096).decode()) != "STOPPING=1":
            self.assertEqual(word, "WATCHDOG=1")


class MadeUpMachine:
    """A /sys with two ports on ixgbe, a disk, vfio-pci and hugepages. It does what a kernel does:
    who is probed goes to the driver that driver_override names, else to ixgbe."""

    def __init__(self, folder):
        self.root = folder
        self.drivers = folder / "bus/pci/drivers"
        self.devices = folder / "bus/pci/devices"
        self.pages = folder / "kernel/mm/hugepages/hugepages-2048kB"
        self.pages.mkdir(parents=True)
        self.write(self.pages / "nr_hugepages", "16")
        self.write(self.pages / "free_hugepages", "16")
        for driver in ("ixgbe", "vfio-pci", "nvme", "mlx5_core"):
            (self.drivers / driver).mkdir(parents=True)
        for port, kind, driver in ((PORT, "0x020000", "ixgbe"), (OTHER, "0x020000", "ixgbe"),
                                   (DISK, "0x010802", "nvme")):
            device = self.devices / port
            (device / "iommu_group").mkdir(parents=True)
            self.write(device / "class", kind)
            self.write(device / "driver_override", "(null)")
            self.attach(port, driver)
        (self.devices / PORT / "net/eth1").mkdir(parents=True)
        self.probe, self.unbind = self.root / "bus/pci/drivers_probe", []
        for path in (self.probe, self.drivers / "ixgbe/unbind", self.drivers / "vfio-pci/unbind"):
            os.mkfifo(path)
        self.threads = [threading.Thread(target=self.serve, args=(path, act), daemon=True)
                        for path, act in ((self.probe, self.on_probe),
                                          (self.drivers / "ixgbe/unbind", self.detach),
                                          (self.drivers / "vfio-pci/unbind", self.detach))]
        self.refuses = False
        self.closing = False
        for thread in self.threads:
            thread.start()

    @staticmethod
    def write(path, text):
        path.write_text(text + "\n", encoding="utf-8")

    def serve(self, path, act):
        while not self.closing:
            with open(path, encoding="utf-8") as file:
                for line in file.read().split():
                    act(line)

    def close(self):
        self.closing = True
        for path in (self.probe, self.drivers / "ixgbe/unbind", self.drivers / "vfio-pci/unbind"):
            os.close(os.open(path, os.O_RDWR))
        for thread in self.threads:
            thread.join(timeout=10)

    def attach(self, port, driver):
        (self.devices / port / "driver").symlink_to(self.drivers / driver)

    def detach(self, port):
        (self.devices / port / "driver").unlink()

    def on_probe(self, port):
        wanted = self.override(port)
        if not (self.refuses and wanted):
            self.attach(port, wanted or "ixgbe")

    def override(self, port):
        return (self.devices / port / "driver_override").read_text(encoding="utf-8").strip()

    def driver(self, port):
        link = self.devices / port / "driver"
        return link.readlink().name if link.is_symlink() else None

    def reserved(self):
        return int((self.pages / "nr_hugepages").read_text(encoding="utf-8"))


class Devices(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.machine = MadeUpMachine(self.folder / "sys")
        self.addCleanup(self.machine.close)
        self.config = self.folder / "devices.conf"
        # No interface has an address, until a test says so.
        self.ip = self.folder / "bin/ip"
        self.ip.parent.mkdir()
        self.set_addresses("")

    def set_addresses(self, text):
        self.ip.write_text(f"#!/bin/sh\nprintf '%s' '{text}'\n", encoding="utf-8")
        self.ip.chmod(0o755)

    def call(self, *words, code=0):
        """What it says, on both of its outputs."""
        done = subprocess.run(
            [HELPER, *words], capture_output=True, text=True, check=False, timeout=60,
            env={"PATH": f"{self.ip.parent}:{os.environ['PATH']}", "LULL_HUGEPAGE_KB": "2048",
                 "LULL_SYSFS": str(self.machine.root), "LULL_DEVICES_CONFIG": str(self.config),
                 "LULL_DEVICES_STATE": str(self.folder / "state")})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_binds_and_reserves_what_the_file_says_and_gives_all_of_it_back(self):
        self.config.write_text(f"hugepages 512   # a gigabyte\nbind {PORT}\n\nbind 3b:00.1\n",
                               encoding="utf-8")
        self.call("bind")
        self.assertEqual([self.machine.driver(port) for port in (PORT, OTHER, DISK)],
                         ["vfio-pci", "vfio-pci", "nvme"])
        self.assertEqual(self.machine.reserved(), 512)
        self.assertIn(f"{OTHER}: vfio-pci, was ixgbe", self.call("status"))
        self.call("bind")  # once more changes nothing of what is remembered
        self.call("unbind")
        self.assertEqual([self.machine.driver(port) for port in (PORT, OTHER)], ["ixgbe", "ixgbe"])
        self.assertEqual(self.machine.reserved(), 16)
        self.assertEqual(self.call("unbind"), "")

    def test_a_port_by_name_alone_and_more_pages_than_wanted_are_left(self):
        self.config.write_text("hugepages 8\n", encoding="utf-8")
        self.assertIn("16 are there", self.call("bind"))
        self.call("bind", PORT)
        self.assertEqual(self.machine.driver(OTHER), "ixgbe")
        self.call("unbind", OTHER, code=1)
        self.call("unbind", PORT)
        self.assertEqual((self.machine.driver(PORT), self.machine.reserved()), ("ixgbe", 16))

    def test_a_dry_run_says_each_write_and_does_none(self):
        self.config.write_text(f"hugepages 512\nbind {PORT}\n", encoding="utf-8")
        said = self.call("bind", "--dry-run")
        for words in ("'512' to", "'vfio-pci' to", f"'{PORT}' to"):
            self.assertIn(words, said)
        self.assertEqual((self.machine.driver(PORT), self.machine.reserved()), ("ixgbe", 16))
        self.assertFalse((self.folder / "state").exists())
        self.call("bind", PORT)
        self.assertIn(f"would write '{PORT}' to", self.call("unbind", "--dry-run"))
        self.assertEqual(self.machine.driver(PORT), "vfio-pci")

    def test_refuses_what_would_cut_the_operator_off_or_cannot_work(self):
        self.set_addresses("2: eth1 inet 192.0.2.1/24")
        self.assertIn("has addresses", self.call("bind", PORT, code=1))
        self.call("bind", "--force", PORT)
        self.assertIn("not a network device", self.call("bind", DISK, code=1))
        self.assertIn("no such device", self.call("bind", "0000:99:00.0", code=1))
        self.machine.detach(OTHER)
        self.machine.attach(OTHER, "mlx5_core")
        self.assertIn("leave it unbound", self.call("bind", OTHER, code=1))
        (self.machine.devices / PORT / "iommu_group").rmdir()
        self.call("unbind", PORT)
        self.assertIn("no IOMMU", self.call("bind", "--force", PORT, code=1))

    def test_a_port_that_vfio_does_not_take_and_pages_that_are_not_there_are_errors(self):
        self.machine.refuses = True
        self.assertIn("does not take it", self.call("bind", PORT, code=1))
        self.assertEqual((self.machine.driver(PORT), self.machine.override(PORT)), ("ixgbe", ""))
        self.assertEqual(self.call("unbind"), "")  # that was done
        (self.machine.pages / "nr_hugepages").unlink()
        (self.machine.pages / "nr_hugepages").symlink_to("/dev/null")
        self.config.write_text("hugepages 512\n", encoding="utf-8")
        self.assertIn("512 wanted, the kernel found 0", self.call("bind", code=1))

    def test_a_port_that_lost_vfio_is_given_back_all_the_same(self):
        self.call("bind", PORT)
        self.machine.detach(PORT)
        self.call("unbind")
        self.assertEqual((self.machine.driver(PORT), self.machine.override(PORT)), ("ixgbe", ""))

    def test_a_port_below_a_bond_or_a_vlan_is_refused_as_one_with_addresses_is(self):
        eth1 = self.machine.root / "class/net/eth1"
        eth1.mkdir(parents=True)
        for link, upper in (("master", "bond0"), ("upper_eth1.7", "eth1.7")):
            (eth1 / link).symlink_to(eth1.parent / upper)
            self.assertIn(f"eth1 is part of {upper}", self.call("bind", PORT, code=1))
            (eth1 / link).unlink()
        self.ip.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        self.assertIn("ip does not tell", self.call("bind", PORT, code=1))
        self.assertEqual(self.machine.driver(PORT), "ixgbe")
        self.call("bind", "--force", PORT)
        self.assertEqual(self.machine.driver(PORT), "vfio-pci")

    def test_wrong_words_and_a_wrong_file_are_refused_before_anything_is_done(self):
        for words in (("frobnicate",), (), ("bind", "--frob"), ("bind", "eth1")):
            self.call(*words, code=2)
        self.call("bind", code=1)  # no file
        self.config.write_text(f"hugepages 512\nbind {PORT}\nbund {OTHER}\n", encoding="utf-8")
        self.assertIn("devices.conf:3: neither", self.call("bind", code=3))
        self.assertEqual((self.machine.driver(PORT), self.machine.reserved()), ("ixgbe", 16))
        self.assertIn("lull-devices bind", self.call("--help"))

    def test_the_installed_file_does_nothing(self):
        shutil.copy(SYSTEMD / "devices.conf", self.config)
        self.assertEqual(self.call("bind"), "")


if __name__ == "__main__":
    unittest.main()
