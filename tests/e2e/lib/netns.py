# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Network namespaces, made for one test and removed after it.

A socket belongs to the namespace in which its thread was when it was created, and to that one for
good; so it is enough to enter for the moment of socket(). Nothing here touches the namespace of
the host: no address, no rule and no sysctl outside of those that the test made.
"""
import contextlib
import ctypes
import fcntl
import ipaddress
import itertools
import os
import socket
import struct
import subprocess
import threading
import time

from lib.sockets import PATIENCE

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
IFF_RUNNING = 0x40
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()
_here = threading.local()

# What keeps a test short: one SYN more, one retransmission, one keepalive probe. Each value can be
# had on a production host; the kernel's code paths are the same.
SHORT_TIMERS = {
    "net.ipv4.tcp_syn_retries": 1,
    "net.ipv4.tcp_synack_retries": 1,
    "net.ipv4.tcp_retries2": 1,
    "net.ipv4.tcp_orphan_retries": 1,
    "net.ipv4.tcp_keepalive_time": 1,
    "net.ipv4.tcp_keepalive_intvl": 1,
    "net.ipv4.tcp_keepalive_probes": 1,
    "net.ipv6.conf.default.accept_dad": 0,
}


def run(argv, **kwargs):
    """Runs a command that must succeed; what it said is in the failure."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, **kwargs)
    assert done.returncode == 0, f"{argv}: {done.stderr or done.stdout}"
    return done.stdout


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextlib.contextmanager
def of_process(pid):
    """This thread, for a moment, in the namespace of a process."""
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(there)
        yield
    finally:
        _setns(back)
        os.close(there)
        os.close(back)


# Those that were made here, by their inodes, until forget_removed(): a number comes back when its
# namespace is gone, perhaps to somebody else.
made = {}
# Of those, the ones with a crowd in them: the session's watcher counts what ends there and does not
# read it, or it would be minutes behind. A tcpfate of the test's own reads it.
loud = set()


def forget_removed():
    for inode in [inode for inode, netns in list(made.items()) if netns.fd is None]:
        del made[inode]
        loud.discard(inode)


class Netns:
    """One namespace with `lo` up. `inode` is what tcpfate calls `netns`."""

    def __init__(self, letter="n"):
        self.name = f"tfe2e-{os.getpid()}-{next(_numbers)}{letter}"
        self._rules = 0
        run(["ip", "netns", "add", self.name])
        try:
            self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
            self.inode = os.fstat(self.fd).st_ino
            made[self.inode] = self
            with self:
                self.sysctl(SHORT_TIMERS)
                self.ip("link set lo up")
        except BaseException:
            self.remove()
            raise

    def crowded(self):
        """A crowd will be in it: see `loud`."""
        loud.add(self.inode)
        return self

    def remove(self):
        fd, self.fd = getattr(self, "fd", None), None
        if fd is not None:
            os.close(fd)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)

    def __enter__(self):
        stack = _here.__dict__.setdefault("stack", [])
        stack.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        _setns(self.fd)
        return self

    def __exit__(self, *_):
        back = _here.stack.pop()
        _setns(back)
        os.close(back)

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, proto=0):
        with self:
            return socket.socket(family, kind, proto)

    def sysctl(self, values):
        """Sets {"net.x.y": value}; values are per namespace or the write fails."""
        with self:
            for name, value in values.items():
                with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as file:
                    file.write(str(value))

    def ip(self, *commands):
        with self:
            run(["ip", "-batch", "-"], input="\n".join(commands) + "\n")

    def await_link(self, device, *addresses, timeout=PATIENCE):
        """A link that was just set up carries packets, and an IPv6 address takes them, only when a
        kernel worker has got to it."""
        request = struct.pack("16sH14x", device.encode(), 0)
        local = [ipaddress.ip_address(text).packed.hex() + " 80 "
                 for text in addresses if ":" in text]
        end = time.monotonic() + timeout
        with self, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while True:
                flags, = struct.unpack_from("H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)
                with open("/proc/thread-self/net/ipv6_route", encoding="ascii") as file:
                    routes = file.read()
                if flags & IFF_RUNNING and all(route in routes for route in local):
                    return
                assert time.monotonic() < end, f"{device} of {self.name} does not come up"
                time.sleep(0.001)

    def command(self, *argv):
        with self:
            return run(list(argv))

    def nft(self, chain, *rules):
        """Adds rules to the chain `input` or `output` of this namespace."""
        hook = f"type filter hook {chain} priority 0; policy accept;"
        text = "\n".join(["table inet t {", f"chain {chain} {{", hook, *rules, "}", "}", ""])
        with self:
            run(["nft", "-f", "-"], input=text)

    def unfault(self):
        with self:
            run(["nft", "flush", "ruleset"])

    def drop(self, match="meta l4proto tcp"):
        """Matching packets that come in are lost at the last moment. (A drop in `output` would be
        another thing: the sender gets EPERM, and its timers take that for a full queue.)"""
        self.nft("input", match + " drop")


class Pair:
    """A client and a server namespace, joined by a veth, with IPv4 and IPv6 addresses."""

    MACS = ("02:00:00:83:00:01", "02:00:00:83:00:02")
    ADDRESSES = {
        socket.AF_INET: ("10.83.0.1", "10.83.0.2"),
        socket.AF_INET6: ("fd83::1", "fd83::2"),
    }

    def __init__(self, family=socket.AF_INET):
        self.family = family
        with contextlib.ExitStack() as undo:
            self.client = Netns("c")
            undo.callback(self.client.remove)
            self.server = Netns("s")
            undo.callback(self.server.remove)
            # The kernel takes two ends with the same number for one plain device, and then up to
            # a second to let a link carry (linkwatch_urgent_event()).
            self.client.ip(f"link add v0 index 83 address {self.MACS[0]} type veth peer name v0 "
                           f"index 84 address {self.MACS[1]} netns {self.server.name}")
            for end, netns in enumerate((self.client, self.server)):
                netns.ip("link set v0 up", *self._addresses(end))
            for end, netns in enumerate((self.client, self.server)):
                netns.await_link("v0", *(pair[end] for pair in self.ADDRESSES.values()))
            undo.pop_all()
        self.client_ip, self.server_ip = self.ADDRESSES[family]

    def _addresses(self, end):
        """With permanent neighbour entries: a first SYN that waits for ARP takes a second."""
        for af, pair in self.ADDRESSES.items():
            length, nodad = (64, " nodad") if af == socket.AF_INET6 else (24, "")
            yield f"addr add {pair[end]}/{length} dev v0{nodad}"
            yield f"neigh add {pair[1 - end]} lladdr {self.MACS[1 - end]} dev v0 nud permanent"

    def remove(self):
        self.client.remove()
        self.server.remove()

    def crowded(self):
        self.client.crowded()
        self.server.crowded()
        return self

    @property
    def v6(self):
        return self.family == socket.AF_INET6

    @property
    def family_name(self):
        return "ipv6" if self.v6 else "ipv4"

    def blackhole(self):
        """Nothing passes any more, and neither side gets an error: each has vanished for the
        other."""
        self.client.drop()
        self.server.drop()

    def reject(self, how):
        """The server's host answers every segment with @how, in nft's words."""
        self.server.nft("input", f"meta l4proto tcp reject with {how}")
