# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""MPTCP: the application holds the MPTCP socket, and the kernel the TCP sockets below it. The ends
are in tests/scenarios/mptcp.c."""
import contextlib
import os
import socket

import pytest

from lib.alerts import between, expect_alert, watching
from lib.records import expect
from lib.snapshots import of
from lib.sockets import IPPROTO_MPTCP, linger, outcome, until


@pytest.fixture(autouse=True)
def mptcp(net):
    with net.client, contextlib.suppress(OSError), \
            open("/proc/sys/net/mptcp/enabled", encoding="ascii") as file:
        if file.read().strip() == "1":
            return
    pytest.skip("no MPTCP, or it is off in net.mptcp.enabled")


def listening(net, family=None, where=None):
    listener = net.server.socket(family or net.family, proto=IPPROTO_MPTCP)
    listener.bind((where or net.server_ip, 0))
    listener.listen(16)
    return listener


def connecting(net, listener):
    client = net.client.socket(net.family, proto=IPPROTO_MPTCP)
    client.settimeout(20)
    client.bind((net.client_ip, 0))
    client.connect((net.server_ip, listener.getsockname()[1]))
    return client


def open_pair(net, listener):
    """Both ends have said something: until then MPTCP may still turn into plain TCP."""
    client = connecting(net, listener)
    server, _ = listener.accept()
    server.settimeout(20)
    client.sendall(b"ping")
    assert server.recv(4) == b"ping"
    server.sendall(b"pong")
    assert client.recv(4) == b"pong"
    return client, server


@pytest.mark.parametrize("options", [(), ("--without", "iter")], ids=["iter", "netlink"])
def test_a_snapshot_shows_who_holds_an_mptcp_socket(net, options):
    """The listener, both ends of what was accepted, and apart from them what waits."""
    listener = listening(net)
    port = listener.getsockname()[1]
    client, server = open_pair(net, listener)
    client.sendall(b"unread")
    waiting = connecting(net, listener)
    waiting.sendall(b"x")
    me = os.getpid()
    snapshot = of(net.client, net.server, options=options)
    row = snapshot.listener(net.server, port)
    assert row["accept_queue"] == 1
    assert [(h["pid"], h["fds"]) for h in row["holders"]] == [(me, [listener.fileno()])]
    inode = os.fstat(listener.fileno()).st_ino
    assert row["inode"] == inode
    for sock, netns, ends in ((client, net.client, (client.getsockname()[1], port)),
                              (server, net.server, (port, client.getsockname()[1])),
                              (waiting, net.client, (waiting.getsockname()[1], port))):
        row = snapshot.socket(netns, *ends)
        assert row["held"] == "process", row
        assert [(h["pid"], h["fds"]) for h in row["holders"]] == [(me, [sock.fileno()])]
    row = snapshot.socket(net.server, port, client.getsockname()[1])
    if not options:  # netlink has only the subflow's own queue
        assert row["bytes_unread"] == 6
    row = snapshot.socket(net.server, port, waiting.getsockname()[1])
    assert (row["held"], row["holders"]) == ("accept_queue", [])


def test_additional_subflows_are_their_connections(fate, net):
    """A second address of the client: its subflow is held by the same descriptors, and when the
    server resets all, it ends as the first one does."""
    net.client.ip("addr add 10.83.0.3/24 dev v0", "addr add fd83::3/64 dev v0 nodad",
                  "neigh replace 10.83.0.2 lladdr 02:00:00:83:00:02 dev v0 nud permanent")
    net.server.ip("neigh add 10.83.0.3 lladdr 02:00:00:83:00:01 dev v0 nud permanent",
                  "neigh add fd83::3 lladdr 02:00:00:83:00:01 dev v0 nud permanent")
    second = "fd83::3" if net.v6 else "10.83.0.3"
    net.client.await_link("v0", second)
    net.client.command("ip", "mptcp", "limits", "set", "subflow", "2")
    net.server.command("ip", "mptcp", "limits", "set", "subflow", "2")
    net.client.command("ip", "mptcp", "endpoint", "add", second, "dev", "v0", "subflow")
    listener = listening(net)
    port = listener.getsockname()[1]
    client, server = open_pair(net, listener)
    me = os.getpid()

    def subflows(netns, options=()):
        return [s for s in of(net.client, net.server, options=options).sockets
                if s["netns"] == netns.inode and s["state"] == "ESTABLISHED"]
    until(lambda: len(subflows(net.client)) == len(subflows(net.server)) == 2, "two subflows")
    for options in ((), ("--without", "iter")):
        for netns, sock in ((net.client, client), (net.server, server)):
            for row in subflows(netns, options):
                assert row["held"] == "process", (options, row)
                assert [(h["pid"], h["fds"]) for h in row["holders"]] == [(me, [sock.fileno()])]
    linger(server)
    server.close()
    assert outcome(client.recv, 1) == "ECONNRESET"
    client.close()
    ends = fate.conns(2, netns=net.server.inode, lport=port)
    assert {r["remote_addr"] for r in ends} == {net.client_ip, second}
    for record in ends:
        expect(record, fate="aborted_linger", role="server", pid=me, close_how="close",
               rst_sent=True, errno=None)
    for record in fate.conns(2, netns=net.client.inode, rport=port):
        expect(record, fate="reset_by_remote", role="client", rst_received=True,
               pid=me if record["local_addr"] == net.client_ip else (me, None))


def test_a_mapped_mptcp_end_is_as_any_other(fate, net):
    """IPv4 clients of an IPv6 listener."""
    if net.v6:
        pytest.skip("IPv4 only")
    listener = listening(net, socket.AF_INET6, "::")
    port = listener.getsockname()[1]
    client, server = open_pair(net, listener)
    client.sendall(b"unread")
    until(lambda: server.recv(9, socket.MSG_PEEK) == b"unread", "its data")
    server.close()
    assert outcome(client.recv, 1) == "ECONNRESET"
    client.close()
    expect(fate.conn(netns=net.server.inode, lport=port), fate="aborted_unread", family="ipv4",
           role="server", bytes_unread=6, pid=os.getpid(), close_how="close", errno=None)
    client, server = open_pair(net, listener)
    lport = client.getsockname()[1]
    linger(client)
    client.close()
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport), fate="aborted_linger", rst_sent=True)
    expect(fate.conn(netns=net.server.inode, rport=lport), fate="reset_by_remote",
           errno="ECONNRESET", errno_delivered=True)


SERVER = """
listener = socket.socket(socket.{family}, socket.SOCK_STREAM, 262)
listener.bind(({ip!r}, 0))
listener.listen(64)
kept = []
"""
SERVE = """
kept.append(listener.accept()[0])
kept[-1].recv(4)
kept[-1].send(b"pong")
"""


def served(net, agent, port, count):
    """@count clients that have had their answer."""
    clients = []
    for _ in range(count):
        clients.append(net.client.socket(net.family, proto=IPPROTO_MPTCP))
        clients[-1].settimeout(20)
        clients[-1].connect((net.server_ip, port))
        clients[-1].sendall(b"ping")
        agent.run(SERVE)
        assert clients[-1].recv(4) == b"pong"
    return clients


@pytest.fixture
def server(net, spawn):
    """A server that closes nothing: its agent and its port."""
    agent = spawn(net.server, comm=b"java")
    agent.run(SERVER.format(family=net.family.name, ip=net.server_ip))
    return agent, agent.run("listener.getsockname()[1]")


def test_a_leak_of_mptcp_connections_raises_an_alert(net, server):
    """The subflows are ESTABLISHED; the MPTCP sockets are in CLOSE_WAIT."""
    agent, port = server
    with watching(net.client, net.server, alerts=["close_wait_pileup"]) as own:
        for client in served(net, agent, port, 20):
            client.close()
        raised = expect_alert(
            own.alert("close_wait_pileup"), count=between(10, 20), pid=agent.pid, comm="java",
            local_port=port, remote_port=None, netns=net.server.inode)
        assert "EOF" not in raised["text"]
        for example in raised["examples"]:
            assert (example["state"], example["pid"]) == ("CLOSE_WAIT", agent.pid)
        group = of(net.server).group(net.server, local_port=port)
        assert [(name, n) for name, n, _ in group["states"]] == [("CLOSE_WAIT", 20)]
        agent.run("for s in kept: s.close()")
        own.alert("close_wait_pileup", "clear")
        ends = own.conns(20, netns=net.server.inode, lport=port)
        for record in ends:
            expect(record, fate="closed_by_remote", close_how="close", pid=agent.pid)


def test_open_mptcp_connections_raise_nothing(net, server):
    """As many, served and idle, that both ends hold; and some that wait for accept()."""
    agent, port = server
    with watching(net.client, net.server) as own:
        kept = served(net, agent, port, 20)
        own.expect_quiet()
        group = of(net.server).group(net.server, local_port=port)
        assert [(name, n) for name, n, _ in group["states"]] == [("ESTABLISHED", 20)]
        for client in kept:
            client.close()
        agent.run("for s in kept: s.close()")
