"""Who may read: TLS, client certificates and users of a real monitor, with a client of OpenSSL."""
import base64
import contextlib
import ctypes
import ctypes.util
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
import unittest

import abuse
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

    def command(self, monitor, *words, certificate=None, key=None, code=0):
        """What `lull …` says over https, of the exit code that it must have."""
        shown = ("--cert", self.folder / f"{certificate}.crt", "--key",
                 self.folder / f"{key or certificate}.key") if certificate else ()
        done = lull.run(*words, "--url", f"https://127.0.0.1:{monitor.port}", "--cacert",
                        self.folder / "ca.crt", *shown, code=code)
        return done.stdout if code == 0 else done.stderr

    def test_commands_show_a_client_certificate_and_say_what_is_wrong_with_it(self):
        self.authority("ca")
        for name in ("lull", "kim"):
            self.certificate(name, "ca")
        self.certificate("late", "ca", -1)
        (self.folder / "both.pem").write_bytes((self.folder / "kim.crt").read_bytes() +
                                               (self.folder / "kim.key").read_bytes())
        monitor = self.start("tls_server_config: {cert_file: lull.crt, key_file: lull.key, "
                             "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}\n")
        lull.wait_for(lambda: self.ask(monitor, "/-/ready", certificate="kim")[0] == 200, "ready")
        self.assertIn("ready", self.command(monitor, "show", "health", certificate="kim"))
        self.assertIn("lull top", self.command(monitor, "top", "--once", certificate="kim"))
        self.assertIn("No maintenance", self.command(monitor, "maintenance", "list", certificate="kim"))
        one_file = lull.run("show", "health", "--config", monitor.config, "--cacert",
                            self.folder / "ca.crt", "--cert", self.folder / "both.pem").stdout
        self.assertIn("ready", one_file)
        for words in (("show", "health"), ("top", "--once"), ("maintenance", "list")):
            said = self.command(monitor, *words, code=1)
            self.assertRegex(said, "HTTP 403: a client certificate is needed.*--cert and --key", words)
        self.assertIn("HTTP 403: the client certificate has expired",
                      self.command(monitor, "show", "health", certificate="late", code=1))
        self.assertRegex(self.command(monitor, "show", "health", certificate="nobody", code=3),
                         "--cert.*nobody.crt: No such file")
        self.assertRegex(self.command(monitor, "show", "health", certificate="kim", key="late", code=3),
                         "late.key: .*it needs the private key of .*kim.crt")
        self.assertIn("--key requires --cert",
                      self.command(monitor, "show", "health", "--key", "x", code=2))
        self.assertEqual(monitor.stop(), 0)

    def test_a_cold_monitor_shows_prometheus_its_certificate(self):
        if shutil.which("prometheus") is None:
            lull.skip_loudly(self, "prometheus is not there (apt-get install prometheus)")
        self.authority("ca")
        for name in ("lull", "kim"):
            self.certificate(name, "ca")
        self.file.write_text("tls_server_config: {cert_file: lull.crt, key_file: lull.key, client_ca_file: "
                             "ca.crt, client_auth_type: RequireAndVerifyClientCert}\n", encoding="utf-8")
        config = self.folder / "prometheus.yml"
        config.write_text("global: {}\n", encoding="utf-8")
        port = lull.free_port()
        server = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--web.config.file={self.file}",
             f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{port}"],
            stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (server.kill(), server.wait()))

        def listens():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
                return True
            return False
        lull.wait_for(listens, "Prometheus")
        pair = f', cert: "{self.folder}/kim.crt", key: "{self.folder}/kim.key"'
        for store, shown, said in (("one.db", "", "if it wants a client certificate"),
                                  ("two.db", pair, "knows no lull between")):
            monitor = self.monitor(
                self.table, device="net_null0,no-rx=1", dpdk=", power: sleep", store=store,
                extra=f'learn_from: {{url: "https://127.0.0.1:{port}", cacert: '
                      f'"{self.folder}/ca.crt"{shown}}}')
            monitor.wait_ready()
            self.assertRegex(monitor.text(), f"learn_from: .*{said}.*learning begins anew")
            self.assertEqual(monitor.stop(), 0)

    def test_a_servers_certificate_that_has_expired_is_told_on_both_sides(self):
        self.authority("ca")
        self.authority("stranger")
        self.certificate("lull", "ca", -1)
        monitor = self.start("tls_server_config: {cert_file: lull.crt, key_file: lull.key}\n")
        told = r"warning .*lull\.crt has expired, on 20\d\d-\d\d-\d\dT"
        self.assertRegex(monitor.text(), told)
        self.assertRegex(self.command(monitor, "show", "health", code=1),
                         r"its certificate has expired, on 20\d\d-\d\d-\d\dT.*another one")
        check = lull.run("check", "--config", monitor.config, code=3).stdout  # the port is taken
        self.assertRegex(check, r"lull\.crt has expired, on 20")
        # It serves all the same, and takes a new one; that one's authority must be known.
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", monitor.port, timeout=30,
                                                 context=context)
        connection.request("GET", "/-/healthy")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.certificate("lull", "ca")
        lull.wait_for(lambda: self.ask(monitor, "/-/ready")[0] == 200, "the new certificate")
        self.assertIn("ready", self.command(monitor, "show", "health"))
        (self.folder / "ca.crt").write_bytes((self.folder / "stranger.crt").read_bytes())
        self.assertIn("nobody who is trusted has signed",
                      self.command(monitor, "show", "health", code=1))
        # Back to one that is over: told again.
        before = monitor.text().count("has expired")
        self.authority("ca")
        self.certificate("lull", "ca", -1)
        lull.wait_for(lambda: monitor.text().count("has expired") > before, "it is told")
        self.assertEqual(monitor.stop(), 0)

    def test_path_tricks_huge_queries_and_resets_change_nothing(self):
        monitor = self.monitor(self.table, device="net_null0", dpdk=", power: sleep")
        monitor.wait_ready()
        words = abuse.tricks(monitor.port, "127.0.1.1") + abuse.resets(monitor.port, "127.0.1.2", 100)
        self.assertLessEqual(set(words), {"200", "400", "404", "414", "431", "closed", "reset"}, words)
        # What names nothing is no part of what names something.
        for path in ("/metrics%00.html", "/metrics/", "//metrics", "/./metrics", "/api/v1/countries/KP%00"):
            self.assertEqual(monitor.get(path)[0], 404, path)
        self.assertEqual(monitor.get("/metrics")[0], 200)
        self.assertEqual(monitor.stop(), 0)

    def test_no_secret_is_shown_anywhere(self):
        secret = "hunter2secret"
        self.authority("ca")
        self.certificate("lull", "ca")
        self.file.write_text("tls_server_config: {cert_file: lull.crt, key_file: lull.key}\n"
                             "basic_auth_users: {kim: %s}\n" % bcrypt(secret), encoding="utf-8")
        monitor = self.monitor(
            self.table, device="net_null0", dpdk=", power: sleep", web_config=self.file,
            extra=f"learn_from: {{url: \"http://127.0.0.1:{lull.free_port()}/\", user: \"kim:{secret}\"}}")
        user = f"kim:{secret}"
        lull.wait_for(lambda: self.ask(monitor, "/-/ready", user=user)[0] == 200, "ready")
        told = {path: self.ask(monitor, path, user=user)[1] for path in (
            "/", "/metrics", "/api/v1/config", "/api/v1/status", "/api/v1/countries", "/nowhere")}
        where = ("--config", monitor.config, "--cacert", self.folder / "ca.crt", "--user", user)
        for words in (("show", "config"), ("show", "config", "--json"), ("show", "config", "--diff"),
                      ("show", "health")):
            told[words] = lull.run(*words, *where).stdout
        # An address with a password that is not to be called up, and one that is no address.
        text = monitor.config.read_text(encoding="utf-8")
        other = self.folder / "other.yaml"
        other.write_text(text.replace("enable_lifecycle: true",
                                      f'external_url: "https://kim:{secret}@lull.example/"'),
                         encoding="utf-8")
        for words in (("check", "--dump-config"), ("run", "--dump-config"), ("privacy",)):
            told[words] = lull.run(*words, "--config", other).stdout
        told["check"] = lull.run("check", "--config", other, code=3).stdout  # the port is taken
        for url in (f"kim:{secret}@127.0.0.1", f"http://kim:{secret}@127.0.0.1"):
            other.write_text(text.replace("learn_from: {url: \"", f"learn_from: {{url: \"{url}"),
                             encoding="utf-8")
            told[url] = lull.run("check", "--config", other, code=3).stdout
            told["run " + url] = lull.run("run", "--config", other, code=3).stderr
            for words in (("run", "--config", monitor.config, "--learn-from", url),
                          ("show", "health", "--url", url), ("top", "--url", url),
                          ("backtest", "--prometheus", url)):
                told[(*words, "")] = lull.run(*words, code=2).stderr
                self.assertIn("give --user", told[(*words, "")])
        # A web configuration that cannot be taken, with a name and its hash turned round.
        self.file.write_text("basic_auth_users: {%s: kim}\n" % bcrypt(secret), encoding="utf-8")
        lull.wait_for(lambda: "a hash stands where" in monitor.text(), "it is told")
        told["status"] = self.ask(monitor, "/api/v1/status", user=user)[1]
        self.assertEqual(monitor.stop(), 0)
        told["log"] = monitor.text()
        for place, words in told.items():
            for hidden in (secret, "$2y$", "PRIVATE KEY", base64.b64encode(user.encode()).decode()):
                self.assertNotIn(hidden, words, place)

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
