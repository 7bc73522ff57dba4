# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""After a loss the next scans put the table right: what ended unseen goes, what began unseen is
met."""
from lib.alerts import watching
from lib.records import expect
from lib.sockets import client_socket, connected, flood
from lib.tcpfate import asleep

TINY = "64K"


def test_scans_repair_what_a_loss_left(net4):
    with watching(net4.client, net4.server, alerts=[], scan="100ms",
                  options=["--ring-size", TINY]) as own:
        ends_unseen, stays = connected(net4), connected(net4)
        own.wait(lambda r: r["type"] == "stats" and r["live"] == 4, "four live ones")
        with asleep(own):
            flood(net4, 600)
            ends_unseen.close()
            begins_unseen = client_socket(net4)
            begins_unseen.connect(stays.listener.getsockname()[:2])
            server, _ = stays.listener.accept()
            flood(net4, 600)
        own.wait(lambda r: r["type"] == "gap" and r["where"] == "ring", "a gap record")
        for end in ends_unseen.ends():
            expect(own.conn(**end), fate="unknown", complete=False, end_state=None,
                   evidence=["history_lost"])
        own.wait(lambda r: r["type"] == "stats" and r["live"] == 4, "the table put right",
                 timeout=20)
        lport, rport = begins_unseen.getsockname()[1], begins_unseen.getpeername()[1]
        begins_unseen.close()
        assert server.recv(1) == b""
        server.close()
        expect(own.conn(netns=net4.client.inode, lport=lport, rport=rport), origin="snapshot",
               fate="closed_by_local", complete=False, started=None)
        stays.close()
        for record in own.both(stays):
            expect(record, origin="event", **{"class": ("clean", "unknown")})


def test_a_scan_interval_of_0_means_no_scan(net4):
    before = connected(net4)
    with watching(net4.client, net4.server, alerts=[], scan="0") as own:
        after = connected(net4)
        after.close()
        own.both(after)
        own.stop()
        hooks = [r for r in own.records if r["type"] == "stats"][-1]["hooks"]
        assert hooks["iter/tcp"]["seen"] == hooks["iter/task_file"]["seen"] == 0
    before.close()
