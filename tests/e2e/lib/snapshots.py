# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Runs `tcpfate snapshot -j` and sorts its records; asks `ss` the same questions."""
import time

from lib.command import expect_valid, tcpfate

STATES = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
          "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
          "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
          "CLOSING": "CLOSING"}


class Snapshot:
    """Every record is valid, and the process ended well."""

    def __init__(self, *options, **kwargs):
        said = tcpfate("snapshot", "-j", *options, **kwargs)
        assert (said.status, said.err) == (0, ""), said.err
        self.records = expect_valid(said.lines)
        self.head = self.records[0]
        assert self.head["type"] == "snapshot"
        assert len({r["time"] for r in self.records if r["type"] != "alert"}) == 1
        for kind in ("listener", "group", "alert"):
            setattr(self, kind + "s", [r for r in self.records if r["type"] == kind])
            assert len(getattr(self, kind + "s")) == self.head[kind + "s"], kind
        self.sockets = [r for r in self.records if r["type"] == "socket"]

    def space(self, netns):
        """The counts of one namespace in the head."""
        return next(n for n in self.head["namespaces"] if n["netns"] == netns.inode)

    def counts(self, netns):
        """{state: sockets} of one namespace, without zeros and CLOSE, which is in no table."""
        states = self.space(netns)["states"]
        return {state: n for state, n in states.items() if n and state != "CLOSE"}

    def socket(self, netns, lport, rport):
        """The one socket of these ends."""
        found = [s for s in self.sockets if s["netns"] == netns.inode
                 and (s["local_port"], s["remote_port"]) == (lport, rport)]
        assert len(found) == 1, f"{len(found)} sockets {lport} {rport}: {found}"
        return found[0]

    def group(self, netns, **fields):
        """The one group whose fields are as given."""
        found = [g for g in self.groups if g["netns"] == netns.inode
                 and all(g[name] == value for name, value in fields.items())]
        assert len(found) == 1, f"{len(found)} groups {fields} of:\n" + "\n".join(
            str(g) for g in self.groups if g["netns"] == netns.inode)
        return found[0]

    def listener(self, netns, port):
        found = [r for r in self.listeners if (r["netns"], r["local_port"]) == (netns.inode, port)]
        assert len(found) == 1, found
        return found[0]


def of(*spaces, options=()):
    """A snapshot of these namespaces, with each socket."""
    netns = (word for ns in spaces for word in ("--netns", ns.inode))
    return Snapshot(*netns, "--sockets", *options)


def ss_counts(netns):
    """{state: sockets} as `ss -tan` has them."""
    counts = {}
    for line in netns.command("ss", "-Htan").splitlines():
        state = STATES[line.split()[0]]
        counts[state] = counts.get(state, 0) + 1
    return counts


def ss_queues(netns):
    """{(address, port): (Recv-Q, Send-Q)} as `ss -ltn` has them."""
    found = {}
    for line in netns.command("ss", "-Hltn").splitlines():
        _, queue, backlog, local, *_ = line.split()
        address, port = local.rsplit(":", 1)
        found[address.strip("[]"), int(port)] = (int(queue), int(backlog))
    return found


def quiet(*spaces, options=()):
    """A snapshot, and what `ss` says before and after it: [{state: n}] for each namespace."""
    end = time.monotonic() + 20
    while True:
        before = [ss_counts(ns) for ns in spaces]
        snapshot = of(*spaces, options=options)
        if before == [ss_counts(ns) for ns in spaces]:
            return snapshot, before
        assert time.monotonic() < end, "the namespaces do not become quiet"
