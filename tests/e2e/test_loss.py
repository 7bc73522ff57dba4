# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""When events are lost: counted, said, and never a wrong fate."""
import contextlib
import signal


from lib import tcpfate
from lib.records import expect
from lib.sockets import client_socket, connected, linger, listen, outcome

TINY = "4096"  # bytes: some twenty events


def starved(net):
    """A tcpfate with a tiny ring that follows this pair only; `with asleep(it):` it does not read."""
    return tcpfate.Tcpfate("--ring-size", TINY, "--netns",
                           f"{net.client.inode},{net.server.inode}", grace_ms=50)


@contextlib.contextmanager
def asleep(own):
    own.process.send_signal(signal.SIGSTOP)
    with open(f"/proc/{own.process.pid}/stat", encoding="ascii") as file:
        while file.read().rpartition(")")[2].split()[0] != "T":
            file.seek(0)
    try:
        yield
    finally:
        own.process.send_signal(signal.SIGCONT)


def burst(net, count):
    """Short connections of three kinds; returns {client's port: the fates it may have}."""
    truth = {}
    listener = listen(net, backlog=64)
    where = listener.getsockname()[:2]
    for number in range(count):
        client = client_socket(net)
        client.connect(where)
        server, _ = listener.accept()
        lport = client.getsockname()[1]
        if number % 3 == 0:
            linger(client)
            client.close()
            truth[lport] = ("aborted_linger", "reset_by_remote")
        else:
            first, second = (client, server) if number % 3 == 1 else (server, client)
            first.close()
            second.recv(1)
            second.close()
            pair = ("closed_by_local", "closed_by_remote")
            truth[lport] = pair if first is client else pair[::-1]
        server.close()
    listener.close()
    return where[1], truth


def test_lost_events_make_no_wrong_fate(net4):
    with starved(net4) as own:
        with asleep(own):
            sport, truth = burst(net4, 150)
        gap = own.wait(lambda r: r["type"] == "gap", "a gap record")
        expect(gap, where="ring", count=lambda n: n > 0)
        after = connected(net4)
        after.close()
        own.both(after)
        own.finish(lossless=False)
        stats = [r for r in own.records if r["type"] == "stats"][-1]
        lost = sum(hook["lost"] for hook in stats["hooks"].values())
        assert lost > 0 and lost == sum(
            r["count"] for r in own.records if r["type"] == "gap" and r["where"] == "ring")
        judge(own.records, sport, truth, net4)


def judge(records, sport, truth, net):
    """Every record of the burst is right, or incomplete and unknown."""
    unknown = 0
    for record in records:
        if record["type"] != "conn" or sport not in (record["local_port"], record["remote_port"]):
            continue
        client = record["netns"] == net.client.inode
        port = record["local_port" if client else "remote_port"]
        if record["fate"] == "unknown":
            unknown += 1
            expect(record, complete=False, evidence=["history_lost"], **{"class": "unknown"})
        elif port in truth:
            expect(record, fate=truth[port][0 if client else 1])
    assert unknown > 0 or not any(r["type"] == "conn" and not r["complete"] for r in records)


def test_unknown_when_the_history_is_lost(net4):
    """Its FIN and hand-off are lost, a late reset may be too: nobody can say what became of it."""
    with starved(net4) as own:
        conn = connected(net4)
        refused = (net4.server_ip, 9)
        held = connected(net4)
        with asleep(own):
            for _ in range(80):  # fill the ring with others' events
                sock = client_socket(net4)
                outcome(sock.connect, refused)
                sock.close()
            conn.client.close()
            conn.server.recv(1)
            conn.server.close()
        own.wait(lambda r: r["type"] == "gap", "a gap record")
        # The same socket appears again: what it was before is known to have ended unseen.
        linger(held.client)
        held.client.close()
        ours, _ = held.ends()
        expect(own.conn(**ours), fate="aborted_linger")
        held.close()
        own.finish(lossless=False)


def test_a_full_table_evicts_and_says_so(net4):
    """--max-connections: the least recently active go, counted, and the rest stay right."""
    with tcpfate.Tcpfate("--max-connections", "8", "--netns",
                         f"{net4.client.inode},{net4.server.inode}", grace_ms=50) as own:
        held = [connected(net4) for _ in range(10)]
        last = held[-1]
        last.client.close()
        assert last.server.recv(1) == b""
        last.server.close()
        gap = own.wait(lambda r: r["type"] == "gap", "a gap record")
        expect(gap, where="table", count=lambda n: n > 0)
        for record in own.both(last):
            expect(record, fate=("closed_by_local", "closed_by_remote"))
        own.finish(lossless=False)
        stats = [r for r in own.records if r["type"] == "stats"][-1]
        assert stats["evicted"] == sum(
            r["count"] for r in own.records if r["type"] == "gap" and r["where"] == "table")
        for conn in held:
            conn.close()
