"""Real BGP speakers on loopback, in a network namespace of their own: BIRD announces an exchange's
routes to GoBGP and FRR, which tell lull of them by BMP and write MRT files."""
import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

BIRD_AS, GOBGP_AS, FRR_AS = 65002, 65001, 65003
CLONE_NEWNET = 0x40000000
BGPD = "/usr/lib/frr/bgpd"

# North Korea's four networks, behind one provider.
KP = [f"175.45.{176 + i}.0/24" for i in range(4)]
KP_PATH = (4837, 131279)


def missing():
    """What is not installed."""
    return [name for name, path in (("gobgpd", "gobgpd"), ("bird", "bird"), ("frr", BGPD))
            if not shutil.which(path)]


def enter_namespace():
    """From here on this process and its children have a network of their own, with loopback."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def exchange(count4=47_594, count6=5_000):
    """(prefix, AS path) of an exchange's members; with North Korea's 52,598 of them."""
    routes = [(prefix, KP_PATH) for prefix in KP]
    for i in range(count4):
        routes.append((f"{20 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24", (1000 + i % 500,)))
    for i in range(count6):
        routes.append((f"2a00:{i + 1:x}::/32", (1000 + i % 500,)))
    return routes


class Speaker:
    """A process with its own folder; what it says is in its log."""

    def __init__(self, folder, name, command, **popen):
        self.command, self.popen, self.name = command, popen, name
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, **self.popen)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def tail(self):
        return f"{self.name}:\n" + self.log.read_text(errors="replace")[-1500:]


class Bird(Speaker):
    """Announces what it is given, to both others; `announce` again changes it, and `say` tells it to
    take back what it has apart ("disable apart4") without a look at the rest."""

    def __init__(self, folder, writes_mrt=True):
        self.folder = pathlib.Path(folder)
        self.writes_mrt = writes_mrt
        self.config = self.folder / "bird.conf"
        super().__init__(folder, "bird", ["bird", "-f", "-c", str(self.config), "-s",
                                          str(self.folder / "bird.ctl"), "-P",
                                          str(self.folder / "bird.pid")])

    def say(self, *words):
        subprocess.run(["birdc", "-s", str(self.folder / "bird.ctl"), *words], check=True,
                       capture_output=True)

    def announce(self, routes, apart4=()):
        def line(prefix, path):
            prepends = "".join(f" bgp_path.prepend({asn});" for asn in reversed(path))
            return f"    route {prefix} blackhole {{{prepends} }};"
        lines4 = [line(*route) for route in routes if ":" not in route[0]]
        lines6 = [line(*route) for route in routes if ":" in route[0]]

        def peer(name, address, port, asn):
            return (f"protocol bgp {name} {{ local 127.0.0.2 port 1791 as {BIRD_AS};\n"
                    f"  neighbor {address} port {port} as {asn}; multihop; connect retry time 1;\n"
                    f"  error wait time 1, 2; connect delay time 1;\n"
                    f"  ipv4 {{ import none; export all; next hop address 192.0.2.1; }};\n"
                    f"  ipv6 {{ import none; export all; next hop address 2001:db8::1; }};\n}}\n")
        text = ("log stderr all;\nrouter id 127.0.0.2;\nprotocol device {}\n"
                "protocol static s4 {\n    ipv4;\n" + "\n".join(lines4) + "\n}\n"
                "protocol static s6 {\n    ipv6;\n" + "\n".join(lines6) + "\n}\n"
                "protocol static apart4 {\n    ipv4;\n" + "\n".join(line(*each) for each in apart4) +
                "\n}\n" + "".join(
                    f'protocol mrt {{ table "master{family}"; '
                    f'filename "{self.folder}/bird{family}-%s.mrt"; period 5; }}\n'
                    for family in "46" if self.writes_mrt)
                + peer("gobgp", "127.0.0.1", 1790, GOBGP_AS)
                + peer("frr", "127.0.0.3", 1792, FRR_AS))
        self.config.write_text(text)
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGHUP)


def gobgp(folder, bmp_port):
    config = pathlib.Path(folder) / "gobgpd.toml"
    families = "".join(f'[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\n'
                       f'afi-safi-name = "{family}-unicast"\n' for family in ("ipv4", "ipv6"))
    config.write_text(
        f'[global.config]\nas = {GOBGP_AS}\nrouter-id = "127.0.0.1"\nport = 1790\n'
        'local-address-list = ["127.0.0.1"]\n'
        f'[[neighbors]]\n[neighbors.config]\nneighbor-address = "127.0.0.2"\npeer-as = {BIRD_AS}\n'
        '[neighbors.transport.config]\nremote-port = 1791\nlocal-address = "127.0.0.1"\n'
        '[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1\n'
        '[neighbors.ebgp-multihop.config]\nenabled = true\nmultihop-ttl = 5\n' + families +
        f'[[bmp-servers]]\n[bmp-servers.config]\naddress = "127.0.0.1"\nport = {bmp_port}\n'
        'route-monitoring-policy = "pre-policy"\n')
    return Speaker(folder, "gobgp", ["gobgpd", "-f", str(config), "--api-hosts", "127.0.0.1:50051",
                                     "--pprof-disable"])


def frr(folder, bmp_port, writes_mrt=True):
    folder = pathlib.Path(folder)
    home = folder / "frr"
    home.mkdir(exist_ok=True)
    owner = pwd.getpwnam("frr")
    config = home / "frr.conf"
    config.write_text(
        f"router bgp {FRR_AS}\n bgp router-id 127.0.0.3\n no bgp ebgp-requires-policy\n"
        f" neighbor 127.0.0.2 remote-as {BIRD_AS}\n neighbor 127.0.0.2 port 1791\n"
        " neighbor 127.0.0.2 ebgp-multihop 5\n neighbor 127.0.0.2 disable-connected-check\n"
        " neighbor 127.0.0.2 update-source 127.0.0.3\n neighbor 127.0.0.2 timers connect 1\n"
        " bmp targets lull\n"
        "  bmp monitor ipv4 unicast pre-policy\n  bmp monitor ipv6 unicast pre-policy\n"
        "  bmp monitor ipv4 unicast post-policy\n"
        f"  bmp connect 127.0.0.1 port {bmp_port} min-retry 500 max-retry 2000\n exit\n"
        " address-family ipv4 unicast\n  neighbor 127.0.0.2 activate\n"
        "  neighbor 127.0.0.2 soft-reconfiguration inbound\n exit-address-family\n"
        " address-family ipv6 unicast\n  neighbor 127.0.0.2 activate\n"
        "  neighbor 127.0.0.2 soft-reconfiguration inbound\n exit-address-family\n"
        "!\n" + (f"dump bgp routes-mrt {home}/frr.mrt 5\n" if writes_mrt else ""))
    for path in (folder, home, config):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return Speaker(folder, "frr", [BGPD, "-n", "-f", str(config), "-l", "127.0.0.3", "-p", "1792",
                                   "-Z", "-M", "bmp", "--vty_socket", str(home), "-P", "0",
                                   "-i", str(home / "bgpd.pid")])
