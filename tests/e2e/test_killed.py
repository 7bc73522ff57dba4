# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Servers that are killed, crash or are stopped, with all data read and with data unread. (Clients:
the scenarios `killed`, `crashed`, `terminated`, `survived` and `out_of_memory`.)"""
import resource
import signal

import pytest

from lib.records import expect
from lib.sockets import client_socket, outcome

DEATHS = [(signal.SIGKILL, True), (signal.SIGSEGV, True), (signal.SIGABRT, True),
          (signal.SIGPIPE, True), (signal.SIGTERM, False), (signal.SIGINT, False)]


def serves(agent, net, n):
    """@n clients of @agent, which has accepted them and read a byte of each."""
    agent.run(f"import resource; resource.setrlimit({resource.RLIMIT_CORE}, (0, 0))")
    for number in (signal.SIGPIPE, signal.SIGINT):
        agent.run(f"signal.signal({int(number)}, signal.SIG_DFL) and 0")
    agent.run(f"l = socket.socket({int(net.family)}); l.bind(({net.server_ip!r}, 0)); l.listen(8)")
    port = agent.run("l.getsockname()[1]")
    clients = []
    agent.run("kept = []")
    for _ in range(n):
        client = client_socket(net)
        client.connect((net.server_ip, port))
        client.send(b"q")
        agent.run("s, _ = l.accept(); s.recv(1); kept.append(s)")
        clients.append(client)
    return port, clients


@pytest.mark.parametrize("number, abnormal", DEATHS, ids=lambda v: getattr(v, "name", None))
def test_the_ends_of_a_killed_process_are_abnormal(fate, net, spawn, number, abnormal):
    """All of them, not only those with data unread."""
    agent = spawn(net.server, comm=b"victim")
    port, clients = serves(agent, net, 4)
    for client in clients[:2]:
        client.send(b"more")
    agent.run("[s.recv(9, socket.MSG_PEEK) for s in kept[:2]] and 0")
    ports = [client.getsockname()[1] for client in clients]
    agent.kill(number)
    for i, client in enumerate(clients):
        assert outcome(client.recv, 1) == ("ECONNRESET" if i < 2 else None)
        client.close()
    for i, lport in enumerate(ports):
        unread = i < 2
        expect(fate.conn(netns=net.server.inode, lport=port, rport=lport), pid=agent.pid,
               comm="victim", close_how=f"signal:{int(number)}", abnormal=abnormal or unread,
               fate="aborted_unread" if unread else "closed_by_local",
               bytes_unread=4 if unread else 0, rst_sent=unread, complete=True)
        expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), abnormal=unread,
               fate="reset_by_remote" if unread else "closed_by_remote")


def test_a_survivor_makes_the_end_ordinary(fate, net, spawn):
    """Of two processes that hold it one is killed; the other closes it later."""
    agent = spawn(net.server, comm=b"parent")
    port, (client,) = serves(agent, net, 1)
    lport = client.getsockname()[1]
    agent.run("child = os.fork()\nif not child:\n    name(b'child'); signal.pause()")
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")
    agent.run("s.send(b'still here')")
    assert client.recv(99) == b"still here"
    agent.run("s.close(); kept.clear()")
    assert client.recv(1) == b""
    client.close()
    expect(fate.conn(netns=net.server.inode, lport=port, rport=lport), pid=agent.pid,
           comm="parent", close_how="close", abnormal=False, fate="closed_by_local")
