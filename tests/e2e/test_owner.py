# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Whose connection it was: never whoever happened to be on the CPU."""
import os

import pytest

from lib.records import expect
from lib.sockets import client_socket, connected, linger, listen, outcome, until_state

NOBODY = 65534


def connect_code(net, port):
    return f"s = socket.socket({int(net.family)}); s.connect(({net.server_ip!r}, {port}))"


def listen_code(net):
    return (f"l = socket.socket({int(net.family)}); l.bind(({net.server_ip!r}, 0)); l.listen(8); "
            "l.getsockname()")


def own_cgroup():
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        path = next(line.rstrip("\n")[3:] for line in file if line.startswith("0::"))
    with open("/proc/mounts", encoding="utf-8") as file:
        root = next((line.split()[1] for line in file if line.split()[2] == "cgroup2"), None)
    return os.stat(root + path).st_ino if root else None


def test_the_connecting_process_is_the_owner(fate, net, spawn):
    """pid, name and user of the one that called connect(), though the server closed first."""
    agent = spawn(net.client, comm=b"the-client", uid=NOBODY)
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    server.close()
    agent.run("s.recv(1); s.close()")
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), pid=agent.pid,
           comm="the-client", uid=NOBODY, owner_from="connect", role="client",
           fate="closed_by_remote", close_how="close")


def test_the_accepting_process_is_the_owner(fate, net, spawn):
    """It is the accepter's, or as long as that is not known, the listener's, and says so."""
    agent = spawn(net.server, comm=b"the-server", uid=NOBODY)
    agent.run(listen_code(net))
    port = agent.run("l.getsockname()[1]")
    client = client_socket(net)
    client.connect((net.server_ip, port))
    lport = client.getsockname()[1]
    agent.run("s, _ = l.accept()")
    client.close()
    agent.run("s.recv(1); s.close()")
    expect(fate.conn(netns=net.server.inode, lport=port, rport=lport), pid=agent.pid,
           comm="the-server", uid=NOBODY, owner_from=("accept", "close", "listen"), role="server",
           fate="closed_by_remote")


def test_a_worker_that_accepts_is_the_owner(fate, net, spawn):
    """A prefork server: the master listens, a worker accepts and closes."""
    agent = spawn(net.server, comm=b"master")
    agent.run(listen_code(net))
    port = agent.run("l.getsockname()[1]")
    client = client_socket(net)
    client.connect((net.server_ip, port))
    lport = client.getsockname()[1]
    worker = agent.run("""
r, w = os.pipe()
worker = os.fork()
if not worker:
    name(b"worker")
    s, _ = l.accept()
    s.close()
    os.write(w, b"x")
    signal.pause()
os.read(r, 1)
""") or agent.run("worker")
    assert client.recv(1) == b""
    client.close()
    record = fate.conn(netns=net.server.inode, lport=port, rport=lport)
    agent.run("os.kill(worker, 9); os.waitpid(worker, 0)")
    expect(record, pid=worker, comm="worker", owner_from=("accept", "close"), role="server",
           close_how="close")


def test_the_peers_process_is_never_the_owner(fate, net, spawn):
    """A reset is processed on the time of the process that sent it; it owns nothing here."""
    agent = spawn(net.client, comm=b"resetter")
    conn = connected(net)
    agent.run(connect_code(net, conn.sport))
    lport = agent.run("s.getsockname()[1]")
    server, _ = conn.listener.accept()
    agent.run("s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))")
    agent.run("s.close()")
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    theirs = fate.conn(netns=net.server.inode, lport=conn.sport, rport=lport)
    expect(theirs, fate="reset_by_remote", pid=(os.getpid(), None))
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=conn.sport), fate="aborted_linger",
           pid=agent.pid, comm="resetter", owner_from="connect")
    conn.close()


def test_the_cgroup_is_that_of_the_socket(fate, net):
    cgroup = own_cgroup()
    if cgroup is None:
        pytest.skip("no cgroup v2 hierarchy is mounted")
    conn = connected(net)
    conn.close()
    for record in fate.both(conn):
        expect(record, cgroup_id=cgroup)


@pytest.mark.parametrize("how, die, end", [
    ("exit", lambda agent: agent.end("os._exit(3)"), "closed_by_local"),
    ("signal:9", lambda agent: agent.kill(), "closed_by_local"),
    ("signal:15", lambda agent: agent.kill(15), "closed_by_local"),
], ids=["exit", "sigkill", "sigterm"])
def test_close_how_names_exit_and_signal(fate, net, spawn, how, die, end):
    """The kernel closes for it: an orderly close, but not the application's own."""
    agent = spawn(net.client)
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    die(agent)
    assert server.recv(1) == b""
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate=end, close_how=how,
           closed_first="local", pid=agent.pid, comm="e2e-agent", owner_from="connect")


def test_an_exit_after_the_peers_fin_is_closed_by_remote(fate, net, spawn):
    agent = spawn(net.client)
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    server.close()
    agent.run("s.recv(1)")
    agent.end("os._exit(0)")
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="closed_by_remote",
           close_how="exit", pid=agent.pid)


def test_a_kill_with_linger_zero_aborts(fate, net, spawn):
    agent = spawn(net.client)
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    agent.run("s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))")
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    agent.kill()
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="aborted_linger",
           close_how="signal:9", pid=agent.pid)


def test_a_connection_ends_with_the_last_holders_close(fate, net, spawn):
    """close() in the child ends nothing; the parent's ends it. The owner is who connected."""
    agent = spawn(net.client, comm=b"parent")
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    agent.run("""
child = os.fork()
if not child:
    name(b"child")
    s.send(b"child")
    s.close()
    os._exit(0)
os.waitpid(child, 0)
""")
    assert server.recv(9) == b"child"
    agent.run("s.send(b'parent')")
    assert server.recv(9) == b"parent"
    agent.run("s.close()")
    assert server.recv(9) == b""
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="closed_by_local",
           close_how="close", pid=agent.pid, comm="parent", owner_from="connect", bytes_sent=11)


def test_a_child_that_is_last_is_the_owner(fate, net, spawn):
    """The connecting parent has closed its own; the child lives on and is killed: owner and how it
    ended are the child's."""
    agent = spawn(net.client, comm=b"parent")
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    child = agent.run("""
child = os.fork()
if not child:
    name(b"child")
    s.send(b"up")
    signal.pause()
s.close()
""") or agent.run("child")
    assert server.recv(9) == b"up"
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")
    assert server.recv(9) == b""
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="closed_by_local",
           close_how="signal:9", abnormal=True, pid=child, comm="child", owner_from="close")


def test_a_passed_descriptor_ends_with_its_receivers_close(fate, net, spawn):
    """The connecting process sends the descriptor away and closes its own: the connection goes on
    until the receiver closes."""
    agent, other = spawn(net.client, comm=b"giver"), spawn(net.client, comm=b"taker")
    listener = listen(net)
    port = listener.getsockname()[1]
    path = f"\\0tfe2e-{os.getpid()}-{port}"
    other.run(f"u = socket.socket(socket.AF_UNIX); u.bind('{path}'); u.listen(1)")
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    agent.run(f"u = socket.socket(socket.AF_UNIX); u.connect('{path}')")
    agent.run("socket.send_fds(u, [b'x'], [s.fileno()])")
    agent.run("s.close(); u.close()")
    other.run("v, _ = u.accept(); _, fds, _, _ = socket.recv_fds(v, 9, 1)")
    other.run("s = socket.socket(fileno=fds[0]); s.send(b'still here')")
    assert server.recv(99) == b"still here"
    other.run("s.close()")
    assert server.recv(9) == b""
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="closed_by_local",
           close_how="close", pid=other.pid, comm="taker", owner_from="close")


def test_a_forked_child_that_serves_is_the_owner(fate, net, spawn):
    """Fork per connection: the parent accepts and closes its copy; of two children one is killed,
    the other closes."""
    agent = spawn(net.server, comm=b"postmaster")
    agent.run(listen_code(net))
    port = agent.run("l.getsockname()[1]")
    clients, children = [], []
    for _ in range(2):
        client = client_socket(net)
        client.connect((net.server_ip, port))
        clients.append(client)
        children.append(agent.run("""
s, _ = l.accept()
child = os.fork()
if not child:
    name(b"backend")
    s.send(b"up")
    if s.recv(9) == b"close":
        s.close()
    signal.pause()
s.close()
""") or agent.run("child"))
        assert client.recv(9) == b"up"
    agent.run(f"os.kill({children[0]}, 9); os.waitpid({children[0]}, 0)")
    clients[1].send(b"close")
    for client, child, how in zip(clients, children, ("signal:9", "close")):
        lport = client.getsockname()[1]
        assert client.recv(1) == b""
        client.close()
        expect(fate.conn(netns=net.server.inode, lport=port, rport=lport), fate="closed_by_local",
               pid=child, comm="backend", owner_from="close", close_how=how,
               abnormal=how == "signal:9")


@pytest.mark.parametrize("last, comm", [
    ("os.execv('/bin/sleep', ['sleep', '2'])", "webserver"),
    ("name(b'renamed'); s.close(); signal.pause()", "renamed"),
], ids=["exec", "rename"])
def test_a_program_that_execs_owned_what_it_accepted(fate, net, spawn, last, comm):
    """The descriptor is closed on exec, when the process has the new program's name already; one
    that only gives itself another name is called by it."""
    agent = spawn(net.server, comm=b"master")
    agent.run(listen_code(net))
    port = agent.run("l.getsockname()[1]")
    client = client_socket(net)
    client.connect((net.server_ip, port))
    lport = client.getsockname()[1]
    child = agent.run(f"""
child = os.fork()
if not child:
    name(b"webserver")
    s, _ = l.accept()
    s.send(b"up")
    {last}
""") or agent.run("child")
    assert client.recv(9) == b"up"
    assert client.recv(1) == b""
    client.close()
    record = fate.conn(netns=net.server.inode, lport=port, rport=lport)
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")
    expect(record, pid=child, owner_from=("accept", "close"), close_how="close", abnormal=False,
           comm=comm if record["owner_from"] == "close" else "webserver")


@pytest.mark.parametrize("comm, shown", [
    (b"a\x1b[2J\x07", "a\x1b[2J\x07"),
    (b'"q"\\', '"q"\\'),
    (b"two\nlines\r\t", "two\nlines\r\t"),
    (b"bad\xff\xc3\xed\xa0\x80", None),
    ("ein-Prüfling".encode(), "ein-Prüfling"),
    (b"\xe2\x80\xae backwards", "\u202e backwards"),
    ("fünfzehn-bytesä".encode()[:15], None),
], ids=["escape", "quotes", "newlines", "invalid-utf8", "utf8", "bidi", "cut-utf8"])
def test_hostile_names_stay_valid_json(fate, net4, spawn, comm, shown):
    """Any bytes are a process's name; the line stays valid JSON, and loses nothing that is text."""
    agent = spawn(net4.client, comm=comm)
    listener = listen(net4)
    port = listener.getsockname()[1]
    agent.run(connect_code(net4, port))
    lport = agent.run("s.getsockname()[1]")
    listener.close()
    agent.run("s.close()")
    record = fate.conn(netns=net4.client.inode, lport=lport, rport=port)
    expect(record, pid=agent.pid, comm=comm.decode("utf-8", "replace") if shown is None else shown)


def test_the_time_of_a_dead_socket_is_reported(fate, net):
    """How long the application held a socket that was dead already."""
    conn = connected(net)
    linger(conn.server)
    conn.server.close()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), dead_held_us=lambda us: us is not None and 0 < us < 100_000,
           errno_delivered=False)


def test_a_disconnect_is_the_owners_doing(fate, net, spawn):
    agent = spawn(net.client)
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(connect_code(net, port))
    lport = agent.run("s.getsockname()[1]")
    agent.run("libc.connect(s.fileno(), struct.pack('H14x', 0), 16)")
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="aborted_disconnect",
           pid=agent.pid, owner_from="connect")
