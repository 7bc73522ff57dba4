# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The kernel's SNMP counters as a witness, and a load that moves them.

The expected change of each counter follows from the records: a connection missed, reported twice
or given a wrong end shows as a difference.
"""
import collections
import errno
import socket
import struct

from lib import netns, orphans
from lib.sockets import TCP_USER_TIMEOUT, disconnect, keepalive, linger, outcome, until, until_state

TCP_LINGER2 = 8
FAMILIES = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
SILENT = 7001      # SYNs to it are dropped
UNREACHABLE = 7002 # ... and to it rejected by ICMP
CLOSED = 7003      # nobody listens
VANISHING = 7004   # a listener whose segments are dropped later


# What moves a counter. Each function decides it for one record; its text says where the kernel
# (6.18) counts, and so why the sum is what it is.

def ends_in(record, *states):
    return record["end_state"] in states


def active_opens(conn):
    """tcp_connect() counts behind the SYN, whatever became of that. A connect that found no local
    port never comes there."""
    return conn["role"] == "client" and conn["fate"] != "connect_failed_local"


def passive_opens(conn):
    """tcp_create_openreq_child(): one for each child, and a child is a connection."""
    return conn["role"] == "server"


def attempt_fails(conn):
    """tcp_done() in SYN_SENT or SYN_RECV: a reset, a timeout, an ICMP error, an administrator.
    close(), shutdown(), AF_UNSPEC and a connect without a port set CLOSE without tcp_done(). (RSTs
    to request sockets count too, in tcp_check_req(): there are none here.)"""
    return ends_in(conn, "SYN_SENT", "SYN_RECV") and conn["fate"] not in (
        "connect_abandoned", "connect_failed_local", "never_accepted")


def estab_resets(conn):
    """tcp_set_state(): to CLOSE straight from ESTABLISHED or CLOSE_WAIT."""
    return ends_in(conn, "ESTABLISHED", "CLOSE_WAIT")


def out_rsts(record):
    """tcp_send_active_reset(), tcp_v4_send_reset(), tcp_v6_send_response(): one for each RST. Here
    no connection sends two."""
    return record["type"] == "reset" or record["rst_sent"]


def abort_on_close(conn):
    """__tcp_close(): unread data."""
    return conn["fate"] == "aborted_unread"


def abort_on_data(conn):
    """__tcp_close(): SO_LINGER with time 0, in SYN_SENT too. tcp_rcv_state_process(): the ACK of
    our FIN finds an orphan with TCP_LINGER2 < 0, or data comes after we had closed; a minisock, to
    which the orphan was handed, does not count."""
    facts = conn["evidence"]
    if conn["fate"] == "connect_abandoned":
        return "linger_zero" in facts and "by_close" in facts
    if conn["fate"] == "aborted_linger":
        return "linger2_negative" not in facts or "rst_sent" not in facts
    return conn["fate"] == "aborted_late_data" and "rst_sent_by_minisock" not in facts


def abort_on_linger(conn):
    """__tcp_close() in FIN_WAIT2 with TCP_LINGER2 < 0: an RST of its own accord."""
    facts = conn["evidence"]
    return conn["fate"] == "aborted_linger" and "linger2_negative" in facts and "rst_sent" in facts


def abort_on_timeout(conn):
    """tcp_write_err(): every timer that gives up ends there."""
    return conn["class"] == "timeout" or conn["fate"] == "connect_timeout"


def abort_on_memory(conn):
    """tcp_out_of_resources(), tcp_check_oom()."""
    return conn["fate"] == "aborted_memory"


def keepalive_probes(conn):
    """tcp_keepalive_timer(): one for each probe, and these sockets die after one."""
    return conn["fate"] == "keepalive_timeout"


def retransmitted(conn):
    """__tcp_retransmit_skb() adds to the counter and to the socket's own in the same breath."""
    return conn["retransmits"]


def syn_retransmitted(conn):
    """The same function, for segments with SYN. A connect that is answered is so at once here."""
    return conn["retransmits"] if ends_in(conn, "SYN_SENT") else 0


WITNESSES = {
    "ActiveOpens": active_opens, "PassiveOpens": passive_opens, "AttemptFails": attempt_fails,
    "EstabResets": estab_resets, "OutRsts": out_rsts, "RetransSegs": retransmitted,
    "TCPAbortOnClose": abort_on_close, "TCPAbortOnData": abort_on_data,
    "TCPAbortOnLinger": abort_on_linger, "TCPAbortOnTimeout": abort_on_timeout,
    "TCPAbortOnMemory": abort_on_memory, "TCPKeepAlive": keepalive_probes,
    "TCPSynRetrans": syn_retransmitted,
}
# What the load must not provoke, or the sums above would need more terms.
QUIET = ("EmbryonicRsts", "ListenDrops", "ListenOverflows", "TCPAbortFailed", "TCPTimeWaitOverflow",
         "SyncookiesSent", "TCPReqQFullDrop", "TCPBacklogDrop")


def counters(ns):
    """All TCP counters of a namespace, from /proc/net/snmp and netstat."""
    found = {}
    with ns:
        for file in ("snmp", "netstat"):
            with open(f"/proc/thread-self/net/{file}", encoding="ascii") as text:
                lines = text.read().splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                if names.startswith(("Tcp:", "TcpExt:")):
                    found.update(zip(names.split()[1:], map(int, values.split()[1:])))
    return found


class Load:
    """Connections in one namespace over `lo`. Each method makes one of a kind and ends it; what
    ends by a timer is kept until settle()."""

    def __init__(self, ns):
        self.ns = ns
        self.listeners, self.waiting, self.leftovers = {}, [], []
        self.later, self.last = [], []
        for family in FAMILIES:
            self.listeners[family] = self.listen(family)
            self.listeners[family, VANISHING] = self.listen(family, VANISHING)

    def listen(self, family, port=0):
        sock = self.ns.socket(family)
        sock.settimeout(10)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((FAMILIES[family], port))
        sock.listen(256)
        return sock

    def pair(self, family, key=None, accept=True, reuse=False):
        listener = self.listeners[(family, key) if key else family]
        client = self.ns.socket(family)
        client.settimeout(10)
        if reuse:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind((FAMILIES[family], 0))
        client.connect(listener.getsockname()[:2])
        if not accept:
            return client, listener
        server, _ = listener.accept()
        server.settimeout(10)
        return client, server

    def start(self, family, port):
        sock = self.ns.socket(family)
        sock.setblocking(False)
        assert sock.connect_ex((FAMILIES[family], port)) == errno.EINPROGRESS
        return sock

    def client_first(self, family):
        client, server = self.pair(family)
        client.sendall(b"question")
        client.close()
        assert server.recv(99) == b"question" and server.recv(9) == b""
        server.close()

    def server_first(self, family):
        client, server = self.pair(family)
        server.sendall(b"answer")
        server.close()
        assert client.recv(99) == b"answer" and client.recv(9) == b""
        client.close()

    def half_closed(self, family):
        client, server = self.pair(family)
        client.shutdown(socket.SHUT_WR)
        assert server.recv(9) == b""
        server.sendall(b"answer")
        server.close()
        assert client.recv(99) == b"answer" and client.recv(9) == b""
        client.close()

    def self_connected(self, family):
        sock = self.ns.socket(family)
        sock.bind((FAMILIES[family], 0))
        sock.connect(sock.getsockname()[:2])
        sock.close()

    def linger_zero(self, family):
        client, server = self.pair(family)
        linger(client)
        client.close()
        assert outcome(server.recv, 9) == "ECONNRESET"
        server.close()

    def unread(self, family):
        client, server = self.pair(family)
        server.sendall(b"never read")
        client.close()
        assert outcome(server.recv, 9) == "ECONNRESET"
        server.close()

    def unread_after_fin(self, family):
        client, server = self.pair(family)
        server.sendall(b"never read")
        server.close()
        client.close()

    def unread_after_shutdown(self, family):
        client, server = self.pair(family)
        server.sendall(b"never read")
        server.shutdown(socket.SHUT_WR)
        client.close()
        assert outcome(server.recv, 9) == "ECONNRESET"
        server.close()

    def late_data(self, family):
        client, server = self.pair(family)
        client.close()
        until_state(server, "CLOSE_WAIT")
        server.sendall(b"too late")
        until_state(server, "CLOSE")
        server.close()

    def late_data_while_owned(self, family):
        client, server = self.pair(family)
        client.shutdown(socket.SHUT_RDWR)
        until_state(server, "CLOSE_WAIT")
        server.sendall(b"too late")
        until_state(server, "CLOSE")
        server.close()
        client.close()

    def disconnected(self, family):
        client, server = self.pair(family)
        disconnect(client)
        assert outcome(server.recv, 9) == "ECONNRESET"
        client.close()
        server.close()

    def linger2_negative(self, family):
        client, server = self.pair(family)
        client.setsockopt(socket.IPPROTO_TCP, TCP_LINGER2, -1)
        client.close()
        server.close()

    def linger2_negative_half_closed(self, family):
        client, server = self.pair(family)
        client.setsockopt(socket.IPPROTO_TCP, TCP_LINGER2, -1)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        client.shutdown(socket.SHUT_WR)
        until_state(client, "FIN_WAIT2")
        client.close()
        server.close()

    def reset_before_accept(self, family):
        client, listener = self.pair(family, accept=False)
        linger(client)
        client.close()
        server, _ = listener.accept()
        assert outcome(server.recv, 9) == "ECONNRESET"
        server.close()

    def never_accepted(self, family):
        listener = self.ns.socket(family)
        listener.bind((FAMILIES[family], 0))
        listener.listen(4)
        client = self.ns.socket(family)
        client.settimeout(10)
        client.connect(listener.getsockname()[:2])
        listener.close()
        assert outcome(client.recv, 9) == "ECONNRESET"
        client.close()

    def by_admin(self, family):
        client, server = self.pair(family)
        self.ns.command("ss", "-K", "-tn", "sport", f"= :{client.getsockname()[1]}",
                        "dport", f"= :{client.getpeername()[1]}")
        assert outcome(client.recv, 9) == "ECONNABORTED"
        assert outcome(server.recv, 9) == "ECONNRESET"
        client.close()
        server.close()

    def refused(self, family):
        sock = self.ns.socket(family)
        assert outcome(sock.connect, (FAMILIES[family], CLOSED)) == "ECONNREFUSED"
        sock.close()

    def no_port(self, family):
        client, server = self.pair(family, reuse=True)
        again = self.ns.socket(family)
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(client.getsockname()[:2])
        assert outcome(again.connect, client.getpeername()[:2]) == "EADDRNOTAVAIL"
        for sock in again, client, server:
            sock.close()

    def abandoned(self, family):
        self.start(family, SILENT).close()

    def abandoned_with_linger(self, family):
        sock = self.start(family, SILENT)
        linger(sock)
        sock.close()

    def abandoned_by_shutdown(self, family):
        sock = self.start(family, SILENT)
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    def abandoned_by_disconnect(self, family):
        sock = self.start(family, SILENT)
        disconnect(sock)
        sock.close()

    # Ends by a timer, in two steps: made while segments still flow, ended when they are dropped.

    def connect_timeout(self, family):
        self.waiting.append(self.start(family, SILENT))

    def unreachable(self, family):
        """Over `lo` the ICMP error comes while connect() holds the socket: the next one ends it."""
        self.waiting.append(self.start(family, UNREACHABLE))

    def doomed(self, family):
        """A pair whose segments will be dropped; the server ends with an RST that nobody sees."""
        client, server = self.pair(family, VANISHING)
        linger(server)
        self.waiting.append(client)
        self.leftovers.append(server)
        return client, server

    def keepalive_death(self, family):
        client, _ = self.doomed(family)
        self.later.append(lambda: keepalive(client))

    def fin_lost(self, family):
        client, _ = self.doomed(family)
        self.waiting.remove(client)
        self.later.append(client.close)

    def retransmits_exhausted(self, family):
        client, _ = self.doomed(family)
        self.later.append(lambda: client.sendall(b"into the void"))

    def user_timeout(self, family):
        client, _ = self.doomed(family)
        client.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 500)
        self.later.append(lambda: client.sendall(b"into the void"))

    def zero_window(self, family):
        client, _ = self.doomed(family)
        client.setblocking(False)
        until(lambda: outcome(client.send, b"z" * 65536) == "EAGAIN", "a full socket")
        until(lambda: self.stuck(client), "a closed window")

    def stuck(self, client):
        """Nothing is in flight, something is unsent: tcpi_unacked, tcpi_notsent_bytes."""
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
        return struct.unpack_from("I", info, 24)[0] == 0 < struct.unpack_from("I", info, 144)[0]

    def no_memory_for_orphans(self, family):
        client, _ = self.doomed(family)
        self.waiting.remove(client)
        self.last.append(client)

    def vanish(self):
        """Before the kernel has counted its orphans, one more may pass."""
        self.ns.nft("input", f"tcp dport {VANISHING} drop", f"tcp sport {VANISHING} drop")
        for act in self.later:
            act()
        if orphans.why_not():
            for client in self.last:
                client.close()
            return
        before = counters(self.ns)["TCPAbortOnMemory"]
        for client in self.last:
            with orphans.forbidden():
                client.close()
            if counters(self.ns)["TCPAbortOnMemory"] == before:
                orphans.let_the_kernel_count()
        assert counters(self.ns)["TCPAbortOnMemory"] > before

    def settle(self):
        """All timers have run out and the kernel holds nothing but TIME_WAIT."""
        until(lambda: all(self.closed(s) for s in self.waiting), "the timers", timeout=20)
        for sock in self.waiting + self.leftovers + list(self.listeners.values()):
            sock.close()
        until(lambda: not self.ns.command("ss", "-tanH", "exclude", "time-wait").strip(),
              "the last sockets to go", timeout=20)

    def closed(self, sock):
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\7"


QUICK = {
    "client_first": 500, "server_first": 500, "half_closed": 200, "self_connected": 5,
    "linger_zero": 150, "unread": 150, "unread_after_fin": 50, "unread_after_shutdown": 50,
    "late_data": 150, "late_data_while_owned": 50, "disconnected": 50, "linger2_negative": 25,
    "linger2_negative_half_closed": 25, "reset_before_accept": 25, "never_accepted": 25,
    "by_admin": 5, "refused": 150, "no_port": 10, "abandoned": 50,
    "abandoned_with_linger": 25, "abandoned_by_shutdown": 10, "abandoned_by_disconnect": 10,
}
SLOW = {"connect_timeout": 15, "unreachable": 15, "keepalive_death": 10, "fin_lost": 10,
        "retransmits_exhausted": 10, "user_timeout": 10, "zero_window": 3,
        "no_memory_for_orphans": 15}
# What the load must at least have shown, or it would prove nothing.
FATES = """closed_by_local closed_by_remote closed_simultaneously connect_refused connect_timeout
    connect_unreachable connect_failed_local connect_abandoned reset_before_accept never_accepted
    reset_by_remote reset_after_remote_fin reset_after_local_fin aborted_unread aborted_linger
    aborted_late_data aborted_disconnect aborted_by_admin aborted_memory keepalive_timeout
    retransmit_timeout
    user_timeout zero_window_timeout close_timeout""".split()


def run(ns):
    load = Load(ns)
    for kinds in QUICK, SLOW:
        for kind, count in kinds.items():
            for family in FAMILIES:
                for _ in range(count):
                    getattr(load, kind)(family)
    load.vanish()
    load.settle()


def place():
    """A namespace for the load, the caller's to remove."""
    made = netns.Netns("w").crowded()
    fault(made)
    return made


def fault(ns):
    ns.nft("input", f"tcp dport {SILENT} drop",
           f"tcp dport {UNREACHABLE} reject with icmpx type host-unreachable")


def expected_fates():
    """Those that the load shows on this host."""
    return [fate for fate in FATES if fate != "aborted_memory" or not orphans.why_not()]


class Account:
    """What the records say that the counters should have moved by; takes them one by one."""

    def __init__(self):
        self.parts = {name: collections.Counter() for name in WITNESSES}
        self.most = collections.Counter()  # that one record says
        self.fates = collections.Counter()
        self.incomplete = 0

    def take(self, record):
        if record["type"] == "conn":
            self.fates[record["fate"]] += 1
            self.incomplete += not record["complete"]
        for name, witness in WITNESSES.items():
            if record["type"] == "conn" or (record["type"] == "reset" and witness is out_rsts):
                count = int(witness(record) or 0)
                self.parts[name][record.get("fate") or record["kind"]] += count
                self.most[name] = max(self.most[name], count)

    def differences(self, moved, unseen=0):
        """What is wrong, if the counters have moved by @moved; @unseen events may be missing, each
        with all that the kernel counted for its connection."""
        wrong = []
        for name, parts in self.parts.items():
            if abs(sum(parts.values()) - moved[name]) > unseen * max(1, self.most[name]):
                wrong.append(f"{name}: the kernel counted {moved[name]}, the records say "
                             f"{sum(parts.values())}: {dict(+parts)}")
        return wrong + [f"{name} moved by {moved[name]}: the load is not what it should be"
                        for name in QUIET if moved[name]]
