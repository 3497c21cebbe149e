"""MRT files (RFC 6396) as bytes: a dump of one peer's table, and its updates."""
import ipaddress
import os
import pathlib
import struct

PEER_AS, PEER = 64496, bytes((192, 0, 2, 1))
FLAGS = 0x50  # transitive, two octets of length


def nlri(prefix):
    network = ipaddress.ip_network(prefix)
    octets = (network.prefixlen + 7) // 8
    return bytes((network.prefixlen,)) + network.network_address.packed[:octets]


def attributes(path):
    """ORIGIN, and an AS_PATH of one sequence: the peer, then `path`."""
    hops = (PEER_AS, *path)
    sequence = struct.pack(f"!BB{len(hops)}I", 2, len(hops), *hops)
    return (struct.pack("!BBHB", FLAGS, 1, 1, 0) +
            struct.pack("!BBH", FLAGS, 2, len(sequence)) + sequence)


def record(time_s, kind, subtype, body):
    return struct.pack("!IHHI", time_s, kind, subtype, len(body)) + body


def dump(routes, time_s):
    """TABLE_DUMP_V2 of (prefix, AS path) after the peer."""
    records = [record(time_s, 13, 1, PEER + struct.pack("!HHB", 0, 1, 2) + PEER + PEER +
                      struct.pack("!I", PEER_AS))]
    for number, (prefix, path) in enumerate(routes):
        told = attributes(path)
        records.append(record(time_s, 13, 4 if ":" in prefix else 2,
                              struct.pack("!I", number) + nlri(prefix) +
                              struct.pack("!HHIH", 1, 0, time_s, len(told)) + told))
    return b"".join(records)


def update(time_s, announced=(), path=(), withdrawn=()):
    """BGP4MP_MESSAGE_AS4 of IPv4 prefixes."""
    gone = b"".join(map(nlri, withdrawn))
    told = attributes(path) if announced else b""
    body = (struct.pack("!H", len(gone)) + gone + struct.pack("!H", len(told)) + told +
            b"".join(map(nlri, announced)))
    message = b"\xff" * 16 + struct.pack("!HB", 19 + len(body), 2) + body
    return record(time_s, 16, 4, struct.pack("!IIHH", PEER_AS, PEER_AS + 1, 0, 1) + PEER +
                  bytes((192, 0, 2, 2)) + message)


def put(path, octets, age_s):
    """The whole file at once, `age_s` old: one that has been at rest is read without waiting."""
    path = pathlib.Path(path)
    hidden = path.with_name("." + path.name)
    hidden.write_bytes(octets)
    at_s = hidden.stat().st_mtime - age_s
    os.utime(hidden, (at_s, at_s))
    hidden.rename(path)
