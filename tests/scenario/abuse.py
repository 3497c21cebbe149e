"""What a hostile client can send to an HTTP server, over plain sockets. Each function plays one kind
of it from `source`, an address of 127.0.0.0/8, and counts what came back."""
import collections
import concurrent.futures
import re
import socket
import struct
import time

HEAD = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSING = HEAD[:-2] + "Connection: close\r\n\r\n"
PATHS = ("/metrics", "/", "/api/v1/status", "/api/v1/countries", "/api/v1/countries/KP",
         "/api/v1/countries/KP/series", "/api/v1/incidents?since=7d&limit=5", "/api/v1/origins",
         "/-/healthy", "/-/ready", "/api/v1/config", "/nowhere")
TRICKS = ("/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
          "/%252e%252e/etc/passwd", "/..\\..\\etc\\passwd", "//etc/passwd", "//metrics", "/metrics/",
          "/./metrics", "/metrics%00.html", "/%00", "/api/v1/countries/..", "/api/v1/countries/%2e%2e",
          "/api/v1/countries/%00", "/api/v1/countries/KP%00/series", "/api/v1/countries//series",
          "/api/v1/countries/" + "A" * 20_000, "/" + "a/" * 10_000, "/" + "%41" * 9_000, "/%",
          "/%4", "/%zz", "/%ff%fe%c0%80", "/\xff\xfe", "/metrics;jsessionid=1", "/metrics#x",
          "http://elsewhere.example/metrics", "*", "metrics", "/metrics?%00=%00&%=%&=&&==", "/<script>",
          "/api/v1/countries/<script>alert(1)</script>", "/%0d%0aSet-Cookie:%20a=b", "/~root", "/.git")
QUERIES = ("/api/v1/incidents?" + "&".join(f"a{i}=b" for i in range(10_000)),
           "/api/v1/incidents?" + "a&" * 10_000, "/api/v1/incidents?" + "&" * 30_000,
           "/api/v1/incidents?since=" + "9" * 30_000, "/api/v1/incidents?since=" + "x" * 1_000_000,
           "/api/v1/incidents?limit=" + "9" * 400, "/api/v1/incidents?since=1e999d&before=-1",
           "/metrics?" + "=" * 30_000, "/metrics?a=" + "%00" * 10_000)
ODD = (b"GET /metrics\r\n\r\n", b"GET /metrics HTTP/0.9\r\n\r\n", b"GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n",
       b"GET /metrics HTTP/1.1\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
       b"GET  /metrics  HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /metrics HTTP/1.1\nHost: x\n\n",
       b"\0\0\0\0\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\r\n" * 5000,
       b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\n folded: a\r\n\r\n",
       b"GET /metrics HTTP/1.1\r\nHost : x\r\nNo colon\r\n: empty\r\n\r\n",
       b"GET /metrics HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1,5-,-9\r\nExpect: 200-ok\r\n\r\n",
       b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + b"A" * 20_000 + b"\r\n\r\n",
       b"GET /metrics HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n") + tuple(
           f"{method} /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
           for method in ("PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "get", "A" * 5000, "G\0T", "POST"))
FRAMING = tuple(
    f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}".encode()
    for path in ("/metrics", "/api/v1/maintenance") for headers, body in (
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
        ("Transfer-Encoding: xchunked", "0\r\n\r\n"), ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
        ("Transfer-Encoding:\tchunked", "5;a=b\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "zz\r\n"), ("Transfer-Encoding: chunked", "-1\r\n"),
        ("Transfer-Encoding: chunked", "ffffffffffffffff\r\n"), ("Transfer-Encoding: chunked", "1" * 20_000),
        ("Transfer-Encoding: chunked", "1\r\na\r\n" * 20_000), ("Content-Length: -1", "a"),
        ("Content-Length: 1\r\nContent-Length: 2", "ab"), ("Content-Length: 1, 1", "a"),
        ("Content-Length: 99999999999999999999", "a"), ("Content-Length: 0x10", "a" * 16)))


def connect(port, source, receive_bytes=None):
    sock = socket.socket()
    sock.settimeout(20)
    sock.bind((source, 0))
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        # Loopback's segments of 64 KB give a sender's socket room for megabytes; a real link does not.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    sock.connect(("127.0.0.1", port))
    return sock


def reset(sock):
    """Closes it by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def ask(port, source, request):
    """All that comes back until the server closes, falls silent or resets."""
    with connect(port, source) as sock:
        answer = b""
        try:
            sock.sendall(request)
            sock.shutdown(socket.SHUT_WR)
            while block := sock.recv(65536):
                answer += block
        except OSError:
            pass
        return answer


def word(answer):
    """"200" of an answer, "closed" of none."""
    status = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return status[1].decode() if status else "garbage" if answer else "closed"


def each(port, source, requests):
    """Counts of what each was answered, eight at a time: some end when the server has waited enough.
    Whatever a file of the host holds would show in `leaks`."""
    words = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda request: ask(port, source, request), requests))
    for answer in answers:
        words[word(answer)] += 1
        if b"root:" in answer or b"\r\nSet-Cookie" in answer:
            words["leaks"] += 1
    return words


def tricks(port, source):
    return each(port, source, [CLOSING.format(path).encode("latin-1") for path in TRICKS + QUERIES])


def oddities(port, source):
    return each(port, source, ODD + FRAMING)


def endless(port, source, head, block, megabytes=300):
    """`head`, then `block` over and over, until so much was sent or the server has enough."""
    words, sent = collections.Counter(), 0
    with connect(port, source) as sock:
        try:
            sock.sendall(head)
            while sent < megabytes << 20:
                sock.sendall(block)
                sent += len(block)
        except OSError:
            pass
        try:
            words[word(sock.recv(65536))] += 1
        except OSError:
            words["closed"] += 1
    words["kB sent"] = sent >> 10
    return words


def huge_header(port, source):
    words = endless(port, source, b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Huge: ", b"a" * 65536)
    return words + endless(port, source, b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n" * 8192)


def huge_body(port, source):
    words = collections.Counter()
    for path in ("/metrics", "/api/v1/maintenance"):
        start = f"POST {path} HTTP/1.1\r\nHost: x\r\n"
        words += endless(port, source, (start + f"Content-Length: {300 << 20}\r\n\r\n").encode(),
                         b"a" * 65536)
        words += endless(port, source, (start + "Transfer-Encoding: chunked\r\n\r\n").encode(),
                         b"10000\r\n" + b"a" * 65536 + b"\r\n")
    return words


def resets(port, source, count=2000):
    """Half a request, or a whole one whose answer nobody waits for, and RST."""
    words = collections.Counter()
    for turn in range(count):
        request = HEAD.format(PATHS[turn % len(PATHS)]).encode()
        try:
            sock = connect(port, source)
            sock.sendall(request[:len(request) // 2] if turn % 2 else request)
            reset(sock)
            words["reset"] += 1
        except OSError:
            words["refused"] += 1
    return words


def flood(port, source, count=100_000, connections=8, depth=10):
    """Requests of mixed paths, `depth` at a time on each of some connections that stay open."""
    words, turn = collections.Counter(), 0
    paths = PATHS + tuple(path for path in TRICKS if len(path) < 100 and path.isascii())
    socks = [connect(port, source) for _ in range(connections)]
    while words["answers"] < count:
        for i, sock in enumerate(socks):
            batch = [HEAD.format(paths[(turn + n) % len(paths)]).encode() for n in range(depth)]
            turn += depth
            got, tail = 0, b""
            try:
                sock.sendall(b"".join(batch))
                while got < depth:
                    block = sock.recv(1 << 20)
                    if not block:
                        raise ConnectionError
                    got += (tail + block).count(b"HTTP/1.1 ")
                    tail = block[-8:]
                    words["bytes"] += len(block)
            except OSError:  # such a path ends the connection
                words["reconnected"] += 1
                sock.close()
                socks[i] = connect(port, source)
            words["answers"] += got
    for sock in socks:
        sock.close()
    words["MB"] = words.pop("bytes") >> 20
    return words


def slow(port, source, clients=200, seconds=30, per_address=16):
    """Clients that send a byte a second, and such that read one: of the metrics, of the largest
    document, of the stream. `source` is the first of their addresses."""
    words, begun = collections.Counter(), time.monotonic()
    net, first = source.rsplit(".", 1)
    request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 10_000
    paths = ("/metrics", "/assets/atlas-50m.json", "/api/v1/stream", "/api/v1/countries")
    sent = {}  # of the request, by those that send slowly; None: those that read
    for n in range(clients):
        sock = connect(port, f"{net}.{int(first) + n // per_address}", 4096)
        sent[sock] = 0 if n % 5 == 0 else None
        if n % 5 > 0:
            sock.sendall(HEAD.format(paths[n % 4]).encode())
        sock.setblocking(False)
    while sent and time.monotonic() < begun + seconds:
        for sock, count in list(sent.items()):
            try:
                if count is not None:
                    sock.send(request[count:count + 1])
                    sent[sock] += 1
                if not sock.recv(1):
                    raise ConnectionError
            except BlockingIOError:
                pass
            except OSError:
                words["cut off"] += 1
                sock.close()
                del sent[sock]
        time.sleep(1)
    words["held on"] = len(sent)
    for sock in sent:
        sock.close()
    return words
