#!/usr/bin/env python3
"""Writes the seed corpora of bgp_update_fuzz and mrt_fuzz: small inputs of every kind they read.

    tests/fuzz/make_routing_seeds.py        # into tests/fuzz/corpus/{bgp_update,mrt}
"""
import bz2
import gzip
import ipaddress
import lzma
import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
TIME_S = 1419264900
AS_TRANS = 23456


def number(value, octets):
    return value.to_bytes(octets, "big")


def prefix(text, path_id=None):
    network = ipaddress.ip_network(text)
    octets = network.network_address.packed[:(network.prefixlen + 7) // 8]
    return (b"" if path_id is None else number(path_id, 4)) + number(network.prefixlen, 1) + octets


def path(segments, width=4):
    """segments: (type, [AS, …]); 1 a set, 2 a sequence, 3 and 4 confederations."""
    return b"".join(
        number(kind, 1) + number(len(asns), 1) +
        b"".join(number(AS_TRANS if width == 2 and asn > 0xFFFF else asn, width) for asn in asns)
        for kind, asns in segments)


def attribute(kind, content, flags=0x40):
    if len(content) > 255:
        return number(flags | 0x10, 1) + number(kind, 1) + number(len(content), 2) + content
    return number(flags, 1) + number(kind, 1) + number(len(content), 1) + content


def reach(afi, safi, routes):
    return attribute(14, number(afi, 2) + number(safi, 1) + b"\x10" + bytes(16) + b"\0" + routes, 0x80)


def unreach(afi, safi, routes):
    return attribute(15, number(afi, 2) + number(safi, 1) + routes, 0x80)


def update(withdrawn=b"", attributes=b"", announced=b""):
    return number(len(withdrawn), 2) + withdrawn + number(len(attributes), 2) + attributes + announced


def message(body, kind=2):
    return b"\xff" * 16 + number(19 + len(body), 2) + number(kind, 1) + body


def record(kind, subtype, body):
    return struct.pack("!IHHI", TIME_S, kind, subtype, len(body)) + body


PLAIN = [(2, [64500, 4837, 131279])]
PATH4, PATH2 = attribute(2, path(PLAIN)), attribute(2, path(PLAIN, 2))
AS4_PATH = attribute(17, path([(2, [4837, 131279])]))
ODD_PATH = attribute(2, path([(3, [65001]), (2, [64500]), (1, [64501, 64502]), (4, [65002])]))


def bgp_seeds():
    """The first octet: 1 four-octet AS, 2 and 4 ADD-PATH of IPv4 and IPv6, 8 a body alone."""
    ipv6 = reach(2, 1, prefix("2a02:26f0::/32"))
    return {
        "announce": b"\x01" + message(update(b"", PATH4, prefix("175.45.176.0/24"))),
        "withdraw": b"\x01" + message(update(prefix("8.8.8.0/24") + prefix("0.0.0.0/0"))),
        "two_octets": b"\x00" + message(update(b"", PATH2 + AS4_PATH, prefix("9.9.9.0/24"))),
        "aggregators": b"\x00" + message(update(b"", PATH2 + AS4_PATH + attribute(7, bytes(6)) +
                                                attribute(18, bytes(8)), prefix("9.9.9.0/24"))),
        "ipv6": b"\x01" + message(update(b"", PATH4 + ipv6 + unreach(2, 1, prefix("2a00::/16")))),
        "add_path": b"\x07" + message(update(prefix("8.8.8.0/24", 1), PATH4 + reach(
            2, 1, prefix("2a02:26f0::/32", 9)), prefix("9.9.9.0/24", 2))),
        "other_families": b"\x01" + message(update(b"", PATH4 + reach(1, 2, prefix("8.0.0.0/9")) +
                                                   unreach(25, 70, b"evpn"))),
        "odd_path": b"\x09" + update(b"", ODD_PATH + attribute(99, bytes(300)), prefix("8.0.0.0/9")),
        "bad_path": b"\x09" + update(prefix("8.8.8.0/24"), attribute(2, b"\x02\x03\0\0") + ipv6 +
                                     unreach(2, 1, prefix("2a00::/16")), prefix("9.9.9.0/24")),
        "no_path": b"\x09" + update(b"", ipv6, prefix("9.9.9.0/24")),
        "end_of_rib": b"\x09" + update(),
        "keepalive": b"\x01" + message(b"", 4),
        "cut": b"\x09" + update(b"", PATH4, prefix("8.8.8.0/24"))[:-2],
        "long_prefix": b"\x09" + update(b"", PATH4, b"\x21" + bytes(5)),
    }


def peers(*rows):
    body = bytes(4) + number(4, 2) + b"view" + number(len(rows), 2)
    for address, asn in rows:
        packed = ipaddress.ip_address(address).packed
        body += number((len(packed) == 16) | 2, 1) + bytes(4) + packed + number(asn, 4)
    return record(13, 1, body)


def entries(*rows):
    """rows: (peer, attributes, path identifier or None)."""
    body = number(len(rows), 2)
    for peer, attributes, path_id in rows:
        body += number(peer, 2) + number(TIME_S, 4)
        body += b"" if path_id is None else number(path_id, 4)
        body += number(len(attributes), 2) + attributes
    return body


def rib(subtype, text, *rows):
    return record(13, subtype, bytes(4) + prefix(text) + entries(*rows))


def generic(subtype, body, safi=1):
    return record(13, subtype, bytes(4) + number(1, 2) + number(safi, 1) + body)


def table_dump(text, peer):
    network = ipaddress.ip_network(text)
    attributes = PATH2 + AS4_PATH
    body = bytes(4) + network.network_address.packed + number(network.prefixlen, 1) + b"\x01"
    body += number(TIME_S, 4) + ipaddress.ip_address(peer).packed + number(64500, 2)
    return record(12, 1 if network.version == 4 else 2, body + number(len(attributes), 2) + attributes)


def bgp4mp(subtype, content, kind=16, width=4):
    body = (number(250000, 4) if kind == 17 else b"") + number(64500, width) + number(64999, width)
    return record(kind, subtype, body + number(0, 2) + number(1, 2) + bytes([192, 0, 2, 9, 192, 0, 2, 1])
                  + content)


def mrt_seeds():
    two = peers(("192.0.2.1", 64500), ("2001:db8::1", 70000))
    whole = two + rib(2, "175.45.176.0/24", (0, PATH4, None), (1, PATH4, None)) + rib(
        4, "2a02:26f0::/32", (1, PATH4, None))
    updates = bgp4mp(4, message(update(prefix("8.8.8.0/24"), PATH4, prefix("9.9.9.0/24")))) + bgp4mp(
        1, message(update(b"", PATH2, prefix("9.9.8.0/24"))), width=2)
    entry = number(0, 2) + number(1, 2) + number(TIME_S, 4) + number(1, 2) + b"\x01\x04" + bytes(4)
    return {
        "table_dump2": whole,
        "table_dump2.gz": gzip.compress(whole, mtime=0),
        "table_dump2.bz2": bz2.compress(whole, 1),
        "table_dump2.xz": lzma.compress(whole, check=lzma.CHECK_CRC32, preset=0),
        "gz_cut": gzip.compress(whole, mtime=0)[:-9],
        "add_path": two + rib(8, "8.8.8.0/24", (0, PATH4, 1), (0, ODD_PATH, 2)),
        "generic": two + generic(6, prefix("8.8.8.0/24") + entries((0, PATH4, None))) + generic(
            12, prefix("8.8.7.0/24", 9) + entries((0, PATH4, None))) + generic(
                12, prefix("8.8.6.0/24") + entries((0, PATH4, 9))) + generic(6, b"vpn", 128),
        "table_dump": table_dump("175.45.177.0/24", "192.0.2.9") + table_dump("2a00::/16", "::1"),
        "bgp4mp": updates + bgp4mp(5, bytes(4)) + bgp4mp(4, message(b"", 4)),
        "session": bgp4mp(0, number(6, 2) + number(1, 2), width=2) + bgp4mp(
            5, number(5, 2) + number(6, 2)) + bgp4mp(4, message(update())) + bgp4mp(5, number(6, 2)),
        "bgp4mp_et": bgp4mp(4, message(update(b"", PATH4, prefix("9.9.9.0/24"))), kind=17),
        "bgp4mp_add_path": bgp4mp(9, message(update(b"", PATH4, prefix("9.9.9.0/24", 7)))) + bgp4mp(
            4, message(update(b"", PATH4, prefix("9.9.9.0/24", 1) + prefix("9.9.8.0/24", 2)))),
        "bgp4mp_local": bgp4mp(7, message(update(prefix("8.8.8.0/24"), PATH4, prefix("9.9.9.0/24")))) + bgp4mp(
            11, message(update(b"", PATH4, prefix("9.9.8.0/24", 3)))),
        "bgp4mp_entry": bgp4mp(2, entry + prefix("1.1.1.0/24") + number(len(PATH2), 2) + PATH2, width=2),
        "bgp": record(5, 1, number(64500, 2) + bytes(10) + update(b"", PATH2, prefix("9.9.9.0/24"))),
        "unknown": record(99, 1, b"ospf") + record(13, 3, b"multicast"),
        "no_peers": rib(2, "8.8.8.0/24", (0, PATH4, None)),
        "wrong_peer": two + rib(2, "8.8.8.0/24", (9, PATH4, None)),
        "long_prefix": two + record(13, 2, bytes(4) + b"\x21" + bytes(9)),
        "huge_record": two + struct.pack("!IHHI", TIME_S, 13, 2, 0xFFFFFFFF),
        "cut": whole[:-7],
        "empty": b"",
    }


def main():
    for name, seeds in (("bgp_update", bgp_seeds()), ("mrt", mrt_seeds())):
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            (folder / seed).write_bytes(content)
        print(f"{folder}: {len(seeds)} seeds")


if __name__ == "__main__":
    main()
