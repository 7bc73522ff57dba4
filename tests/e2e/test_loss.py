# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""When events are lost: counted, said, and never a wrong fate."""
from lib import tcpfate
from lib.records import expect
from lib.sockets import (client_socket, connected, disconnect, flood, linger, listen,
                         until)
from lib.tcpfate import asleep

TINY = "64K"  # the least that --ring-size takes: some four hundred events


def following(net, *options, grace_ms=50):
    """A tcpfate of the test's own that follows this pair only."""
    return tcpfate.Tcpfate("--netns", str(net.client.inode), "--netns", str(net.server.inode),
                           *options, grace_ms=grace_ms)


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
    with following(net4, "--ring-size", TINY) as own:
        with asleep(own):
            sport, truth = burst(net4, 400)
        gap = own.wait(lambda r: r["type"] == "gap" and r["where"] == "ring", "a gap record")
        expect(gap, count=lambda n: n > 0)
        after = connected(net4)
        after.close()
        own.both(after)
        own.finish(lossless=False)
        stats = [r for r in own.records if r["type"] == "stats"][-1]
        lost = sum(hook["lost"] for hook in stats["hooks"].values())
        assert lost > 0 and lost == sum(
            r["count"] for r in own.records  # a scan may overflow the tiny ring, too
            if r["type"] == "gap" and r["where"] in ("ring", "scan"))
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


def test_what_a_loss_may_overturn_is_unknown(net4):
    """What the lost part could overturn is not claimed: a hand-off whose late reset may be among
    it, and an end that was not seen at all."""
    with following(net4, "--ring-size", TINY, grace_ms=3000) as own:
        handed, unseen = connected(net4), connected(net4)
        with asleep(own):
            handed.client.close()
            assert handed.server.recv(1) == b""
            until(lambda: net4.client.command("ss", "-tanH", "state", "fin-wait-2"), "the hand-off")
            flood(net4)
            disconnect(unseen.client)
        own.wait(lambda r: r["type"] == "gap" and r["where"] == "ring", "a gap record")
        # That it lives again shows that it had ended.
        unseen.client.connect(unseen.listener.getsockname()[:2])
        ours, _ = unseen.ends()
        expect(own.conn(**ours), fate="unknown", complete=False, errno=None, end_state=None,
               closed_first=None, evidence=["history_lost"], **{"class": "unknown"})
        ours, _ = handed.ends()
        expect(own.conn(**ours), fate="unknown", complete=False, end_state="FIN_WAIT2",
               closed_first="local", fin_sent=True, evidence=["history_lost"])
        handed.close()
        unseen.close()
        own.finish(lossless=False)


def test_a_full_table_evicts_and_says_so(net4):
    """--max-connections: the least recently active go, counted, and the rest stay right."""
    with following(net4, "--max-connections", "64") as own:
        last = connected(net4)
        held = [last]
        for _ in range(39):  # 80 sockets
            client = client_socket(net4)
            client.connect(last.listener.getsockname()[:2])
            held += [client, last.listener.accept()[0]]
        again = connected(net4)
        again.client.close()
        assert again.server.recv(1) == b""
        again.server.close()
        gap = own.wait(lambda r: r["type"] == "gap" and r["where"] == "table", "a gap record")
        expect(gap, count=lambda n: n > 0)
        for record in own.both(again):
            expect(record, fate=("closed_by_local", "closed_by_remote"))
        own.finish(lossless=False)
        stats = [r for r in own.records if r["type"] == "stats"][-1]
        gone = sum(r["count"] for r in own.records if r["type"] == "gap" and r["where"] == "table")
        assert gone - 2 <= stats["evicted"] <= gone  # the two listeners have places in it as well
        for sock in held:
            sock.close()
