"""Frames for tests as bytes, and captures of them. Checksums are zero: nothing here reads them."""
import ipaddress
import random
import struct

import lull

COUNTRIES = 60  # of lull.world_rows()
ETHERNET = bytes.fromhex("020000000002020000000001")
ARP = ETHERNET + b"\x08\x06" + bytes(46)
TCP_DATA = struct.pack("!IIBBHHH", 1, 1, 0x50, 0x18, 1024, 0, 0)
UDP, TCP, FRAGMENT = 17, 6, 44


def address(text):
    return ipaddress.ip_address(text).packed


def ipv4(source, destination, payload, protocol=UDP, fragment=0):
    """`fragment` is the header's flags and offset."""
    return ETHERNET + b"\x08\x00" + struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0, source,
        destination) + payload


def ipv6(source, destination, payload, protocol=UDP):
    return ETHERNET + b"\x86\xdd" + struct.pack(
        "!IHBB16s16s", 6 << 28, len(payload), protocol, 64, source, destination) + payload


def udp(source_port, destination_port, bytes_of_data):
    return struct.pack("!HHHH", source_port, destination_port, 8 + bytes_of_data,
                       0) + bytes(bytes_of_data)


def tcp(source_port, destination_port, bytes_of_data):
    return struct.pack("!HH", source_port, destination_port) + TCP_DATA + bytes(bytes_of_data)


def fragment6(offset, more, data):
    """A fragment header and what it carries."""
    return struct.pack("!BBHI", UDP, 0, offset << 3 | more, 1) + data


def hosts4(rng, count):
    """Addresses in the made-up world's IPv4 networks."""
    return [bytes((20 + rng.randrange(COUNTRIES), rng.randrange(4), rng.randrange(256),
                   rng.randrange(1, 255))) for _ in range(count)]


def hosts6(rng, count):
    found = []
    for _ in range(count):
        country = rng.randrange(COUNTRIES)
        found.append(address(f"2a0{country % 10:x}:{country:x}::{rng.randrange(1, 65536):x}"))
    return found


def conversations(count, seed=1, v6_share=0.1, arp_share=0.02):
    """Frames of `count` conversations, both ways, with some that are not IP: ordinary traffic."""
    rng = random.Random(seed)
    frames = []
    for _ in range(count):
        v6 = rng.random() < v6_share
        build, hosts = (ipv6, hosts6) if v6 else (ipv4, hosts4)
        one, other = hosts(rng, 2)
        port = rng.randrange(1024, 65536)
        frames.append(build(one, other, tcp(port, 443, rng.randrange(0, 60)), TCP))
        frames.append(build(other, one, tcp(443, port, rng.randrange(0, 60)), TCP))
        if rng.random() < 2 * arp_share:
            frames.append(ARP)
    rng.shuffle(frames)
    return frames


def capture(path, frames):
    lull.write_pcap(path, ((1_000_000_000 + i * 1000, frame) for i, frame in enumerate(frames)))
    return path
