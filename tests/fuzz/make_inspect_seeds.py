#!/usr/bin/env python3
"""Writes the seed corpora of the fuzz targets of inspection: small inputs of every kind they read.

    tests/fuzz/make_inspect_seeds.py        # into tests/fuzz/corpus/{tls_name,http_host,…}
"""
import pathlib
import re
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
QUIC_TEST = CORPUS.parents[1] / "unit" / "dataplane" / "inspect" / "quic_test.cpp"


def be16(value):
    return struct.pack(">H", value)


def server_name(name, kind=0):
    entry = bytes([kind]) + be16(len(name)) + name
    return be16(0) + be16(len(entry) + 2) + be16(len(entry)) + entry


def client_hello(extensions, session=b""):
    body = (b"\3\3" + b"r" * 32 + bytes([len(session)]) + session + b"\0\2\x13\1\1\0" +
            be16(len(extensions)) + extensions)
    return b"\1\0" + be16(len(body)) + body


def record(handshake):
    return b"\x16\3\1" + be16(len(handshake)) + handshake


def qname(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(name, kind=1, flags=0x0100, questions=1):
    return b"\x12\x34" + be16(flags) + be16(questions) + bytes(6) + name + be16(kind) + b"\0\1"


def frame(payload, source, destination, protocol=17, syn=False):
    if protocol == 6:
        layer4 = struct.pack(">HHIIBBHHH", source, destination, 0x01020304, 0, 0x50,
                             2 if syn else 0x18, 1024, 0, 0)
    else:
        layer4 = struct.pack(">HHHH", source, destination, 8 + len(payload), 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(layer4) + len(payload), 54321, 0, 64,
                     protocol, 0, bytes([198, 51, 100, 1]), bytes([203, 0, 113, 7]))
    return bytes.fromhex("020000000002020000000001") + b"\x08\0" + ip + layer4 + payload


def quic_packet():
    """The client's first packet of RFC 9001, appendix A.2, as the unit test has it."""
    return bytes.fromhex("".join(re.findall(r'"([0-9a-f]{30,64})"', QUIC_TEST.read_text())))


HELLO = client_hello(b"\0\x17\0\0" + server_name(b"www.kcna.kp") + b"\0\x15\0\4" + bytes(4))
REQUEST = b"GET / HTTP/1.1\r\nUser-Agent: a\r\nHost: www.kcna.kp:80\r\nAccept: *\r\n\r\n"
QUERY = query(qname(b"www", b"kcna", b"kp"))

SEEDS = {
    "tls_name": {
        "hello": record(HELLO),
        "handshake": HELLO,
        "session": record(client_hello(server_name(b"kcna.kp"), b"s" * 32)),
        "no-name": record(client_hello(b"\0\x17\0\0")),
        "other-kind": record(client_hello(server_name(b"kcna.kp", 1))),
        "empty-name": record(client_hello(server_name(b""))),
        "longest-name": record(client_hello(server_name(b"n" * 255))),
        "too-long-name": record(client_hello(server_name(b"n" * 256))),
        "not-utf8": record(client_hello(server_name(b"k\xff\0na.kp"))),
        "cut": record(HELLO)[:70],
        "many-extensions": record(client_hello(b"\0\x17\0\0" * 70 + server_name(b"kcna.kp"))),
        "server-hello": b"\x16\3\3\0\4\2\0\0\0",
    },
    "http_host": {
        "request": REQUEST,
        "bare-newlines": REQUEST.replace(b"\r", b""),
        "spaces": b"GET / HTTP/1.1\r\nhOsT: \t kcna.kp \t\r\n\r\n",
        "no-host": b"GET / HTTP/1.0\r\n\r\n",
        "two-hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "line-goes-on": b"GET / HTTP/1.1\r\nHost: kcna",
        "many-lines": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 110 + b"Host: kcna.kp\r\n\r\n",
        "long-host": b"GET / HTTP/1.1\r\nHost: " + b"h" * 300 + b"\r\n\r\n",
        "not-utf8": b"GET / HTTP/1.1\r\nHost: k\xd1\0\xff.kp\r\n\r\n",
    },
    "dns_name": {
        "query": QUERY,
        "over-tcp": be16(len(QUERY)) + QUERY,
        "root": query(b"\0", 255),
        "pointer-to-itself": query(b"\xc0\x0c"),
        "pointer-back": query(b"\3abc\xc0\x0c"),
        "reserved-length": query(b"\x40abc\0"),
        "no-question": query(b"", questions=0),
        "longest": query(qname(*[b"l" * 63] * 3, b"l" * 61)),
        "too-long": query(qname(*[b"l" * 63] * 5)),
        "not-letters": query(qname(b"k\0n.a", b"\xff\x7f ")),
        "label-goes-on": QUERY[:16],
    },
    "quic_name": {
        "rfc9001": quic_packet(),
        "cut": quic_packet()[:700],
        "version-2": b"\xd0\x6b\x33\x43\xcf" + quic_packet()[5:80],
        "draft-29": b"\xc0\xff\0\0\x1d" + quic_packet()[5:80],
        "unknown-version": b"\xc0\0\0\0\7" + quic_packet()[5:80],
        "length-lies": quic_packet()[:16] + b"\x7f\xff" + quic_packet()[18:80],
        "long-id": b"\xc0\0\0\0\1\x15" + bytes(40),
        "short-header": b"\x40" + bytes(30),
    },
    "site_names": {
        "own": b"kcna.kp\nkcna.kp",
        "below": b".kcna.kp\nwww.kcna.kp",
        "nearest": b".kp\n.kcna.kp\nvideo.kcna.kp\na.kcna.kp",
        "no-boundary": b".kcna.kp\nnotkcna.kp",
        "only-dots": b".\n..\n...\n..",
        "none": b"kcna.kp",
    },
    "signatures": {
        "all-keys": b"signatures:\n  - {name: a, class: attack, context: dns, pattern: '^\\x12.',\n"
                    b"     direction: reply, ports: [53, 54], min_bytes: 9, reference: RFC 1}\n",
        "literal": b"signatures: [{name: a, class: scan, context: tcp, literal: 'a.b'}]",
        "mark": b"signatures: [{name: a, class: scan, context: headers, mark: zmap}]",
        "whole-context": b"signatures: [{name: a, class: service, context: tls}]",
        "two-of-a-name": b"signatures: [{name: a, class: scan, pattern: x}, "
                         b"{name: a, class: scan, pattern: y}]",
        "classes-differ": b"signatures: [{name: a, class: scan, pattern: x}, "
                          b"{name: a, class: attack, pattern: y}]",
        "no-pattern": b"signatures: [{name: a, class: scan}]",
        "matches-nothing": b"signatures: [{name: a, class: scan, pattern: 'a*'}]",
        "open-bracket": b"signatures: [{name: a, class: scan, pattern: '(['}]",
        "repeats": b"signatures: [{name: a, class: scan, pattern: 'a.{90}b.{90}c'}]",
        "empty": b"",
        "garbage": bytes(range(1, 64)),
    },
    "sites": {
        "all-keys": b"sites:\n  - {name: .kcna.kp, site: kcna, country: KP, note: n, export: true}\n",
        "two-of-a-site": b"sites: [{name: a.kp, site: s}, {name: '*.b.kp', site: s}]",
        "twice": b"sites: [{name: a.kp}, {name: A.KP.}]",
        "not-ascii": "sites: [{name: k\u0441na.kp}]".encode(),
        "empty-part": b"sites: [{name: a..kp}]",
        "long-part": b"sites: [{name: " + b"l" * 64 + b".kp}]",
        "unknown-key": b"sites: [{nme: a.kp}]",
        "empty": b"",
    },
    "inspect": {
        "dns": frame(QUERY, 40000, 53),
        "http": frame(REQUEST, 40000, 80, 6),
        "tls": frame(record(HELLO), 40000, 443, 6),
        "quic": frame(quic_packet(), 40000, 443),
        "zmap": frame(b"", 40000, 80, 6, syn=True),
        "monlist": frame(b"\x17\0\3\x2a" + bytes(4), 40000, 123),
        "reply-to-53": frame(b"\xd7\0\3\x2a" + bytes(440), 123, 53),
        "cut": frame(record(HELLO), 40000, 443, 6)[:90],
    },
}


def main():
    for target, seeds in SEEDS.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)
        print(f"{target}: {len(seeds)} seeds")


if __name__ == "__main__":
    main()
