# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Namespaces that go while connections are in them."""
import pathlib
import re
import subprocess

import pytest

from lib import netns
from lib.records import expect
from lib.sockets import connected, until


RUN = pathlib.Path(__file__).parents[1] / "kernels" / "run"


def test_connections_of_a_dead_namespace_are_netns_gone():
    """The fate itself, in a machine with a kernel whose CIFS does not hold its namespace: what a
    process can make here, its socket, an orphan, an MPTCP subflow, keeps its namespace alive."""
    done = subprocess.run([RUN, "5.10"], capture_output=True, text=True, timeout=300)
    said = done.stdout.splitlines()
    if said and said[-1] == "0 passed, 0 failed, 1 skipped":
        pytest.skip(said[0])
    assert done.returncode == 0, done.stdout + done.stderr
    gone = re.search(r"netns_gone (\d+) of (\d+)", said[0])
    assert gone and int(gone[1]) > 0, said[0]


def test_an_orphan_keeps_its_namespace(fate, net):
    """Its name is deleted, the last process has gone: it still ends by its timers."""
    conn = connected(net)
    net.server.drop()
    conn.client.send(b"unheard")
    conn.client.close()
    ours, _ = conn.ends()
    net.client.remove()
    expect(fate.conn(**ours), fate="close_timeout", end_state="FIN_WAIT1",
           bytes_unacked=7, no_evidence=["netns_dead"])
    conn.close()


def test_a_minisock_does_not_keep_its_namespace(fate, net):
    """Handed over, the connection is over for this host: its namespace goes, its record stands."""
    conn = connected(net)
    conn.client.close()
    assert conn.server.recv(1) == b""
    ours, theirs = conn.ends()
    net.client.remove()
    until(lambda: "v0" not in net.server.command("ip", "-o", "link"), "the end of the namespace")
    expect(fate.conn(**ours), fate="closed_by_local", rst_sent=False)
    conn.server.close()
    expect(fate.conn(**theirs), fate=("close_timeout", "closed_by_remote"))
    conn.listener.close()


def test_a_namespace_with_live_sockets_outlives_its_name(fate):
    pair = netns.Pair()
    try:
        conn = connected(pair)
        pair.client.remove()
        conn.client.sendall(b"still here")
        assert conn.server.recv(99) == b"still here"
        conn.close()
        ours, theirs = fate.both(conn)
        expect(ours, fate="closed_by_local", bytes_acked=10, no_evidence=["netns_dead"])
        expect(theirs, fate="closed_by_remote", bytes_received=10)
    finally:
        pair.remove()
