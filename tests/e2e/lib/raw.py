# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A TCP peer that no kernel owns, for what well-behaved stacks will not do.

It has an address beyond a veth that nobody else answers for: the kernel under test finds it
through a permanent neighbour entry, and the peer's side of the veth has no address, so no kernel
takes part there. The peer sends and sees whole IP packets through an AF_PACKET socket, without TCP
options.
"""
import ipaddress
import random
import select
import socket
import struct
import time
from dataclasses import dataclass

from lib.sockets import PATIENCE

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_BITS = {"F": FIN, "S": SYN, "R": RST, "P": PSH, "A": ACK}
_ETH = {socket.AF_INET: 0x0800, socket.AF_INET6: 0x86DD}


def flags_of(text):
    return sum(_BITS[letter] for letter in text)


@dataclass
class Segment:
    sport: int
    dport: int
    seq: int
    ack: int
    flags: int
    window: int
    data: bytes

    def has(self, letters):
        want = flags_of(letters)
        return self.flags & want == want


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class RawPeer:
    """All segments of one address. @netns is the namespace at the peer's end of the veth."""

    def __init__(self, family, netns, device, ip, kernel_ip, kernel_mac):
        self.family, self.ip, self.kernel_ip = family, ip, kernel_ip
        self._ours = ipaddress.ip_address(ip).packed
        self._theirs = ipaddress.ip_address(kernel_ip).packed
        with netns:
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            self.sock.bind((device, _ETH[family]))
        self.to = (device, _ETH[family], 0, 0, bytes.fromhex(kernel_mac.replace(":", "")))

    def close(self):
        self.sock.close()

    def _ip_header(self, length):
        if self.family == socket.AF_INET6:
            return struct.pack("!IHBB", 6 << 28, length, 6, 64) + self._ours + self._theirs
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0x4000, 64, 6, 0)
        head += self._ours + self._theirs
        return head[:10] + struct.pack("!H", _checksum(head)) + head[12:]

    def packet(self, sport, dport, flags, seq=0, ack=0, data=b"", window=64240):
        """The bytes of a segment, from the IP header on."""
        def tcp(checksum):
            return struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                               5 << 4, flags_of(flags), window, checksum, 0) + data

        pseudo = self._ours + self._theirs + struct.pack("!II", 20 + len(data), 6)
        segment = tcp(_checksum(pseudo + tcp(0)))
        return self._ip_header(len(segment)) + segment

    def send(self, *args, **fields):
        """A packet() on its way."""
        self.sock.sendto(self.packet(*args, **fields), self.to)

    def _parse(self, packet):
        if self.family == socket.AF_INET6:
            head, ours, proto = 40, packet[24:40], packet[6]
            end = 40 + struct.unpack_from("!H", packet, 4)[0]
        else:
            head, ours, proto = (packet[0] & 15) * 4, packet[16:20], packet[9]
            end = struct.unpack_from("!H", packet, 2)[0]
        if proto != 6 or ours != self._ours:
            return None
        sport, dport, seq, ack, offset, bits, window = struct.unpack_from("!HHIIBBH", packet, head)
        data = packet[head + (offset >> 4) * 4:end]
        return Segment(sport, dport, seq, ack, bits & 31, window, data)

    def receive(self, want, what, timeout=PATIENCE):
        """The next segment for which @want holds; others are dropped."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.sock], [], [], left)[0], \
                f"the raw peer saw no {what} within {timeout} s"
            packet, where = self.sock.recvfrom(65535)
            if where[2] == socket.PACKET_OUTGOING:
                continue
            segment = self._parse(packet)
            if segment and want(segment):
                return segment

    def await_syn(self, dport, timeout=PATIENCE):
        """A connection on which the kernel's SYN has come, not answered yet."""
        syn = self.receive(lambda s: s.dport == dport and s.flags == SYN, "SYN", timeout)
        return RawConn(self, dport, syn.sport, rcv_nxt=syn.seq + 1)

    def connect(self, dport, sport=None, data=b""):
        """The raw peer connects to the kernel's listener; @data rides on the SYN (Fast Open)."""
        conn = self.pending(dport, sport, data)
        conn.send("A")
        return conn

    def pending(self, dport, sport=None, data=b""):
        """Up to the kernel's SYN-ACK, which stays unacknowledged."""
        conn = RawConn(self, sport or random.randrange(20000, 60000), dport)
        conn.send("S", data)
        answer = conn.await_segment("SA")
        conn.rcv_nxt = answer.seq + 1
        assert answer.ack == conn.snd_nxt, "the data on the SYN was not taken"
        return conn


class RawConn:
    """Sequence numbers of one connection; nothing is ever sent but what the test says."""

    def __init__(self, peer, lport, rport, rcv_nxt=0):
        self.peer, self.lport, self.rport = peer, lport, rport
        self.snd_nxt = random.getrandbits(31)
        self.rcv_nxt = rcv_nxt

    def send(self, flags, data=b"", window=64240, seq=None):
        """Sends at snd_nxt (or @seq, which moves nothing), acknowledging all that was seen."""
        ack = self.rcv_nxt if "A" in flags else 0
        at = self.snd_nxt if seq is None else seq
        self.peer.send(self.lport, self.rport, flags, at, ack, data, window)
        if seq is None:
            self.snd_nxt += len(data) + ("S" in flags) + ("F" in flags)
            self.snd_nxt &= 0xFFFFFFFF

    def await_segment(self, flags, timeout=PATIENCE):
        """The next segment that has these flags."""
        return self.peer.receive(
            lambda s: (s.dport, s.sport) == (self.lport, self.rport) and s.has(flags),
            f"segment with {flags}", timeout)

    def sees(self, flags, within):
        """Whether such a segment comes within that many seconds."""
        try:
            self.await_segment(flags, within)
        except AssertionError:
            return False
        return True

    def take(self, flags, timeout=PATIENCE):
        """await_segment(), and what it carried counts as received by the next ACK."""
        seg = self.await_segment(flags, timeout)
        self.rcv_nxt = (seg.seq + len(seg.data) + seg.has("F") + seg.has("S")) & 0xFFFFFFFF
        return seg

    def accept(self):
        """Answers the SYN and sees the kernel's ACK: ESTABLISHED."""
        self.send("SA")
        self.await_segment("A")
        return self


class RawLink:
    """A namespace with one kernel address, and the raw peer beyond its veth."""

    def __init__(self, family, kernel, outer):
        self.family, self.kernel, self.outer = family, kernel, outer
        v6 = family == socket.AF_INET6
        self.kernel_ip, self.peer_ip = ("fd84::1", "fd84::9") if v6 else ("10.84.0.1", "10.84.0.9")
        macs = ("02:00:00:84:00:01", "02:00:00:84:00:09")
        outer.sysctl({"net.ipv6.conf.default.disable_ipv6": 1})
        kernel.ip(
            f"link add r0 index 84 address {macs[0]} type veth peer name r0 index 85 "
            f"address {macs[1]} netns {outer.name}",
            "link set r0 up",
            f"addr add {self.kernel_ip}/{64 if v6 else 24} dev r0" + (" nodad" if v6 else ""),
            f"neigh add {self.peer_ip} lladdr {macs[1]} dev r0 nud permanent")
        outer.ip("link set r0 up")
        kernel.await_link("r0", self.kernel_ip)
        outer.await_link("r0")
        self.peer = RawPeer(family, outer, "r0", self.peer_ip, self.kernel_ip, macs[0])
        self.family_name = "ipv6" if v6 else "ipv4"

    def socket(self, timeout=10):
        sock = self.kernel.socket(self.family)
        sock.settimeout(timeout)
        return sock

    def start_connect(self, port=9000, sock=None):
        """The kernel's connect() to the raw peer, in SYN_SENT; the socket and the peer's view."""
        sock = sock or self.socket()
        timeout = sock.gettimeout()
        sock.setblocking(False)
        try:
            sock.connect((self.peer_ip, port))
        except BlockingIOError:
            pass
        sock.settimeout(timeout)
        return sock, self.peer.await_syn(port)

    def connected(self, port=9000, sock=None):
        """An established connection, the kernel the client."""
        sock, conn = self.start_connect(port, sock)
        conn.send("SA")
        conn.await_segment("A")
        return sock, conn

    def listen(self, backlog=8, options=()):
        sock = self.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option in options:
            sock.setsockopt(*option)
        sock.bind((self.kernel_ip, 0))
        sock.listen(backlog)
        return sock

    def ends(self, conn):
        """Keyword arguments for Tcpfate.conn()."""
        return dict(netns=self.kernel.inode, lport=conn.rport, rport=conn.lport)

    def remove(self):
        self.peer.close()
        self.kernel.remove()
        self.outer.remove()
