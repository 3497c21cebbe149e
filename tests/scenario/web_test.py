"""Who may read: TLS, client certificates and users of a real monitor, with a client of OpenSSL."""
import base64
import ctypes
import ctypes.util
import http.client
import json
import ssl
import subprocess
import time
import unittest

import lull

USERS = {"kim": "right one", "ops": "another"}


def bcrypt(password, cost=5):
    """As htpasswd -B writes it, by the C library that lull asks too."""
    crypt = ctypes.CDLL(ctypes.util.find_library("crypt")).crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), f"$2y${cost:02}${'abcdefghijklmnopqrstuu'}".encode()).decode()


class Web(lull.Case):
    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, lull.world_rows())
        self.file = self.folder / "web.yaml"

    # ---- certificates ----
    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder, check=True,
                       capture_output=True)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "2", "-subj",
                     f"/CN={name}")

    def certificate(self, name, authority, days=2):
        """`days` below zero: it is over already."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        extensions = self.folder / "san.txt"
        extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n", encoding="utf-8")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey",
                     f"{authority}.key", "-CAcreateserial", "-days", days, "-out", f"{name}.crt",
                     "-extfile", extensions)

    def start(self, web):
        self.file.write_text(web, encoding="utf-8")
        monitor = self.monitor(self.table, device="net_null0", dpdk=", power: sleep",
                               web_config=self.file)
        lull.wait_for(lambda: "listening on" in monitor.text() or monitor.process.poll() is not None,
                      "the listener")
        return monitor

    def ask(self, monitor, path="/-/healthy", user=None, certificate=None, tls=True, headers=()):
        """Status and body; None where the handshake was refused."""
        if tls:
            context = ssl.create_default_context(cafile=self.folder / "ca.crt")
            if certificate:
                context.load_cert_chain(self.folder / f"{certificate}.crt",
                                        self.folder / f"{certificate}.key")
            connection = http.client.HTTPSConnection("127.0.0.1", monitor.port, timeout=30,
                                                     context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", monitor.port, timeout=30)
        send = dict(headers)
        if user:
            send["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        try:
            connection.request("GET", path, headers=send)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (ssl.SSLError, ConnectionError, http.client.HTTPException):
            return None, ""
        finally:
            connection.close()

    def test_users_are_asked_for_and_a_thousand_wrong_words_lock_nobody_out(self):
        monitor = self.start("basic_auth_users: {kim: %s}\n" % bcrypt(USERS["kim"]))
        right = f"kim:{USERS['kim']}"
        self.assertEqual(self.ask(monitor, tls=False)[0], 401)
        self.assertEqual(self.ask(monitor, tls=False, user=right)[0], 200)
        statuses = set()
        for turn in range(1000):
            statuses.add(self.ask(monitor, tls=False, user=f"kim:wrong {turn}")[0])
            if turn % 100 == 0:
                self.assertEqual(self.ask(monitor, tls=False, user=right)[0], 200)
        self.assertLessEqual(statuses, {401, 429})
        self.assertIn(429, statuses)
        lull.wait_for(lambda: self.ask(monitor, "/-/ready", user=right, tls=False)[0] == 200, "ready")
        shown = self.ask(monitor, "/api/v1/config", user=right, tls=False)[1]
        self.assertNotIn("$2y$", shown)
        metrics = lull.metrics_of(self.ask(monitor, "/metrics", user=right, tls=False)[1])
        self.assertGreater(lull.total(metrics, "lull_http_refused_total", reason="too_many_passwords"),
                           0)
        for page in ("/", "/api/v1/countries", "/assets/atlas-50m.json", "/nowhere", "/api/v1/stream"):
            self.assertEqual(self.ask(monitor, page, tls=False)[0], 401, page)
        told = lull.run("show", "health", "--config", monitor.config, "--user", right).stdout
        self.assertIn("ready", told)
        self.assertNotIn("$2y$", monitor.text())
        self.assertEqual(monitor.stop(), 0)

    def test_a_file_is_taken_when_it_changes_and_nonsense_changes_nothing(self):
        monitor = self.start("basic_auth_users: {kim: %s}\n" % bcrypt(USERS["kim"]))
        status = lambda name: self.ask(monitor, tls=False, user=f"{name}:{USERS[name]}")[0]
        self.assertEqual((status("kim"), status("ops")), (200, 401))
        self.file.write_text("basic_auth_users: {ops: %s}\n" % bcrypt(USERS["ops"]),
                             encoding="utf-8")
        lull.wait_for(lambda: (status("kim"), status("ops")) == (401, 200), "the other user")
        for nonsense in ("basic_auth_userz: {}\n", "[", "", "basic_auth_users: {kim: plain}\n"):
            before = monitor.text().count("web.yaml")
            self.file.write_text(nonsense, encoding="utf-8")
            lull.wait_for(lambda: monitor.text().count("web.yaml") > before, "it is told")
            self.assertEqual((status("kim"), status("ops")), (401, 200), nonsense)
        lull.wait_for(lambda: self.ask(monitor, "/-/ready", tls=False,
                                       user=f"ops:{USERS['ops']}")[0] == 200, "ready")
        told = json.loads(self.ask(monitor, "/api/v1/status", tls=False,
                                   user=f"ops:{USERS['ops']}")[1])
        self.assertEqual(told["http"]["web_config"], "old")
        self.assertEqual(monitor.stop(), 0)

    def test_tls_and_client_certificates(self):
        self.authority("ca")
        self.authority("stranger")
        for name, by, days in (("lull", "ca", 2), ("kim", "ca", 2), ("late", "ca", -1),
                               ("other", "stranger", 2)):
            self.certificate(name, by, days)
        monitor = self.start("tls_server_config: {cert_file: lull.crt, key_file: lull.key, "
                             "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}\n"
                             "http_server_config: {headers: {Strict-Transport-Security: max-age=60}}\n")
        self.assertIn("listening on https://", monitor.text())
        self.assertEqual(self.ask(monitor, certificate="kim")[0], 200)
        self.assertEqual(self.ask(monitor)[0], 403)
        for bad in ("late", "other"):
            self.assertIn(self.ask(monitor, certificate=bad)[0], (None, 403), bad)
        self.assertNotEqual(self.ask(monitor, tls=False)[0], 200)
        # A key that does not belong to the certificate: the old pair goes on.
        (self.folder / "lull.key").write_bytes((self.folder / "kim.key").read_bytes())
        time_limit = time.monotonic() + 30
        lull.wait_for(lambda: "web.yaml" in monitor.text() or time.monotonic() > time_limit, "a word")
        self.assertEqual(self.ask(monitor, certificate="kim")[0], 200)
        self.assertEqual(monitor.stop(), 0)

    def test_what_is_wrong_is_named_before_the_start_and_open_doors_are_told(self):
        self.file.write_text("tls_server_config: {cert_file: no.crt, keyfile: no.key}\n",
                             encoding="utf-8")
        config = self.folder / "bad.yaml"
        config.write_text(f"ports: [{{name: a, device: net_null0, cores: [1]}}]\n"
                          f"origins: {{table: {self.table}}}\nstore: {{path: null}}\n"
                          f"http: {{listen: [\"0.0.0.0:{lull.free_port()}\"], web_config: {self.file}}}\n",
                          encoding="utf-8")
        found = lull.run("check", "--config", config, code=3).stdout
        self.assertRegex(found, r"web\.yaml:1:\d+: .*keyfile")
        refused = lull.run("run", "--config", config, code=3).stderr
        self.assertRegex(refused, r"web\.yaml:1:\d+: .*keyfile")
        self.file.write_text("basic_auth_users: {kim: %s}\n" % bcrypt("x"), encoding="utf-8")
        self.assertIn("in the clear", lull.run("check", "--config", config).stdout)


if __name__ == "__main__":
    unittest.main()
