# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Owners that are known only from who holds the descriptor: accepted, inherited, handed on."""
import os
import pathlib
import socket
import struct

import pytest

from lib import snapshots
from lib.alerts import watching
from lib.records import expect
from lib.sockets import client_socket, linger, listen, until

URING = pathlib.Path(__file__).parent / "programs" / "uring.py"
LISTEN = "l = socket.socket({family}); l.bind(({ip!r}, 0)); l.listen(8)"


def listens(agent, net):
    agent.run(LISTEN.format(family=int(net.family), ip=net.server_ip))
    return agent.run("l.getsockname()[1]")


def connect(net, port):
    sock = client_socket(net)
    sock.connect((net.server_ip, port))
    return sock, sock.getsockname()[1]


def connects(agent, net):
    """The agent connects its socket `s`: the other end of it, and both ports."""
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(f"s = socket.socket({int(net.family)}); s.connect(({net.server_ip!r}, {port}))")
    server, _ = listener.accept()
    listener.close()
    return server, agent.run("s.getsockname()[1]"), port


@pytest.fixture
def own(net):
    with watching(net.client, net.server, alerts=[], scan="100ms") as made:
        yield made


def reset(sock):
    """The peer ends it without any call of the owner, who is known only from a scan."""
    linger(sock)
    sock.close()


def test_the_holder_of_a_silent_accepted_socket_is_its_owner(net, own, spawn):
    """No event of accept() names a process: the holder is the owner, with the death of the
    connection as its only event."""
    agent = spawn(net.server, comm=b"server")
    port = listens(agent, net)
    client, lport = connect(net, port)
    agent.run("s, _ = l.accept()")
    own.scans()
    reset(client)
    record = own.conn(netns=net.server.inode, lport=port, rport=lport)
    expect(record, fate="reset_by_remote", pid=agent.pid, comm="server",
           owner_from=("holder", "accept"), role="server")


def test_the_worker_that_accepts_is_the_owner(net, own, spawn):
    """The master listens, the workers inherit the listener, one accepts: it is that one's."""
    agent = spawn(net.server, comm=b"master")
    port = listens(agent, net)
    agent.run("""
r, w = os.pipe()
workers = []
for number in range(3):
    go, start = os.pipe()
    pid = os.fork()
    if not pid:
        name(b"worker%d" % number)
        os.read(go, 1)
        s, _ = l.accept()
        os.write(w, b"x")
        signal.pause()
    workers.append((pid, start))
""")
    client, lport = connect(net, port)
    agent.run("os.write(workers[1][1], b'x'); os.read(r, 1)")
    worker = agent.run("workers[1][0]")
    own.scans()
    reset(client)
    record = own.conn(netns=net.server.inode, lport=port, rport=lport)
    expect(record, pid=worker, comm="worker1", owner_from=("holder", "accept"))
    agent.run("[os.kill(pid, 9) for pid, _ in workers]; [os.waitpid(pid, 0) for pid, _ in workers]")


def left_to(agent, net, names):
    """A listener of @agent's, inherited by children of these names; its own copy is closed. The
    port, and the children's pids."""
    port = listens(agent, net)
    pids = [agent.run(f"child = os.fork()\nif not child:\n    name({name!r}); signal.pause()")
            or agent.run("child") for name in names]
    agent.run("l.close()")
    return port, pids


def end(agent, pids):
    agent.run(f"[os.kill(pid, 9) for pid in {pids}]; [os.waitpid(pid, 0) for pid in {pids}] and 0")


@pytest.mark.parametrize("early", [True, False], ids=["waiting", "later"])
def test_a_listener_that_is_left_to_a_child_is_the_childs(net, own, spawn, early):
    """The connections that wait for accept() belong to who holds the listener, not to who called
    listen(): those that were there before the scan, and later ones."""
    agent = spawn(net.server, comm=b"parent")
    port = listens(agent, net)
    made = [connect(net, port) for _ in range(2)] if early else []
    child = agent.run("child = os.fork()\nif not child:\n    name(b'child'); signal.pause()\n"
                      "l.close()") or agent.run("child")
    own.scans()
    made = made or [connect(net, port) for _ in range(2)]
    (first, first_port), (second, second_port) = made
    reset(first)
    expect(own.conn(netns=net.server.inode, lport=port, rport=first_port), pid=child,
           comm="child", owner_from="holder", fate="reset_before_accept", close_how=None)
    end(agent, [child])
    expect(own.conn(netns=net.server.inode, lport=port, rport=second_port), pid=child,
           comm="child", owner_from="holder", fate="never_accepted", close_how=None)
    second.close()


@pytest.mark.parametrize("names, comm", [([b"worker"] * 3, "worker"), ([b"one", b"other"], None)],
                         ids=["workers", "strangers"])
def test_a_listener_that_several_hold_has_their_name_only(net, own, spawn, names, comm):
    """Pre-fork, and the master has gone: no pid rather than a guess, the name if they share one."""
    agent = spawn(net.server, comm=b"master")
    port, pids = left_to(agent, net, names)
    own.scans()
    client, lport = connect(net, port)
    reset(client)
    expect(own.conn(netns=net.server.inode, lport=port, rport=lport), pid=None, comm=comm,
           owner_from="holder" if comm else None, fate="reset_before_accept")
    end(agent, pids)


def test_a_listener_that_was_passed_is_its_receivers(net, own, spawn):
    """SCM_RIGHTS: who called listen() has closed its copy."""
    giver, taker = spawn(net.server, comm=b"giver"), spawn(net.server, comm=b"taker")
    port = listens(giver, net)
    path = f"\\0tfe2e-{os.getpid()}-l{port}"
    taker.run(f"u = socket.socket(socket.AF_UNIX); u.bind('{path}'); u.listen(1)")
    giver.run(f"u = socket.socket(socket.AF_UNIX); u.connect('{path}')")
    giver.run("socket.send_fds(u, [b'x'], [l.fileno()]); l.close()")
    taker.run("v, _ = u.accept(); _, fds, _, _ = socket.recv_fds(v, 9, 1)")
    own.scans()
    client, lport = connect(net, port)
    reset(client)
    expect(own.conn(netns=net.server.inode, lport=port, rport=lport), pid=taker.pid, comm="taker",
           owner_from="holder", fate="reset_before_accept")


def test_a_process_out_of_descriptors_owns_what_waits(net, own, spawn):
    """EMFILE: accept() fails, and the connection waits at the listener of who calls it."""
    agent = spawn(net.server, comm=b"server")
    port = listens(agent, net)
    agent.run("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (l.fileno() + 1, 99))")
    client, lport = connect(net, port)
    assert agent.attempt("l.accept()") == "EMFILE"
    own.scans()
    reset(client)
    expect(own.conn(netns=net.server.inode, lport=port, rport=lport), pid=agent.pid,
           comm="server", owner_from=("listen", "holder"), fate="reset_before_accept")


def test_the_last_of_two_holders_is_the_owner(net, own, spawn):
    """Scans find two holders of different names; the one that has it last is killed."""
    agent = spawn(net.server, comm=b"parent")
    port = listens(agent, net)
    client, lport = connect(net, port)
    child = agent.run("s, _ = l.accept()\nchild = os.fork()\nif not child:\n"
                      "    name(b'worker'); signal.pause()") or agent.run("child")
    own.scans()
    agent.run("s.close()")
    end(agent, [child])
    assert client.recv(1) == b""
    client.close()
    expect(own.conn(netns=net.server.inode, lport=port, rport=lport), pid=child, comm="worker",
           close_how="signal:9", fate="closed_by_local", owner_from="close")


def test_a_socket_activated_service_is_the_owner(net, own, spawn):
    """The service manager made and keeps the listener; the service was started with it and
    accepts."""
    agent = spawn(net.server, comm=b"manager")
    port = listens(agent, net)
    agent.run("""
r, w = os.pipe()
service = os.fork()
if not service:
    name(b"service")
    s, _ = socket.socket(fileno=os.dup(l.fileno())).accept()
    os.write(w, b"x")
    signal.pause()
""")
    client, lport = connect(net, port)
    agent.run("os.read(r, 1)")
    service = agent.run("service")
    own.scans()
    reset(client)
    record = own.conn(netns=net.server.inode, lport=port, rport=lport)
    expect(record, pid=service, comm="service", owner_from=("holder", "accept"))
    agent.run("os.kill(service, 9); os.waitpid(service, 0)")


def test_the_receiver_of_a_descriptor_is_the_owner(net, own, spawn):
    """Who connected has closed its own: the one that holds it now is the owner."""
    giver, taker = spawn(net.client, comm=b"giver"), spawn(net.client, comm=b"taker")
    server, lport, port = connects(giver, net)
    path = f"\\0tfe2e-{os.getpid()}-h{port}"
    taker.run(f"u = socket.socket(socket.AF_UNIX); u.bind('{path}'); u.listen(1)")
    giver.run(f"u = socket.socket(socket.AF_UNIX); u.connect('{path}')")
    giver.run("socket.send_fds(u, [b'x'], [s.fileno()]); s.close()")
    taker.run("v, _ = u.accept(); _, fds, _, _ = socket.recv_fds(v, 9, 1)")
    own.scans()
    reset(server)
    record = own.conn(netns=net.client.inode, lport=lport, rport=port)
    expect(record, pid=taker.pid, comm="taker", owner_from="holder", fate="reset_by_remote")


def test_who_connected_stays_the_owner_after_a_fork(net, own, spawn):
    agent = spawn(net.client, comm=b"parent")
    server, lport, port = connects(agent, net)
    agent.run("child = os.fork()\nif not child:\n    name(b'child'); signal.pause()")
    own.scans()
    reset(server)
    record = own.conn(netns=net.client.inode, lport=lport, rport=port)
    expect(record, pid=agent.pid, comm="parent", owner_from="connect")
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")


def test_a_child_that_keeps_the_socket_is_the_owner(net, own, spawn):
    agent = spawn(net.client, comm=b"parent")
    server, lport, port = connects(agent, net)
    child = agent.run("child = os.fork()\nif not child:\n    name(b'child'); signal.pause()\n"
                      "s.close()") or agent.run("child")
    own.scans()
    reset(server)
    record = own.conn(netns=net.client.inode, lport=lport, rport=port)
    expect(record, pid=child, comm="child", owner_from="holder")
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")


def test_a_shared_socket_from_before_the_start_has_no_owner(net, spawn):
    """Two processes hold it and nobody saw who opened it: no pid, rather than a guess."""
    agent = spawn(net.client, comm=b"twins")
    server, lport, port = connects(agent, net)
    agent.run("child = os.fork()\nif not child:\n    signal.pause()")
    with watching(net.client, alerts=[], scan="100ms") as own:
        own.scans()
        reset(server)
        record = own.conn(netns=net.client.inode, lport=lport, rport=port)
        expect(record, origin="snapshot", complete=False, pid=None, comm="twins",
               owner_from="holder", fate="reset_by_remote", started=None)
    agent.run("os.kill(child, 9); os.waitpid(child, 0)")


def test_connections_from_before_the_start_have_fates_and_owners(net, spawn):
    """Both ends of connections that were open end with their fates and owners."""
    agent = spawn(net.server, comm=b"server")
    port = listens(agent, net)
    first, first_port = connect(net, port)
    agent.run("a, _ = l.accept()")
    second, second_port = connect(net, port)
    agent.run("b, _ = l.accept()")
    first.sendall(b"before")
    with watching(net.client, net.server, alerts=[], scan="100ms") as own:
        own.scans()
        first.close()
        agent.run("a.recv(99); a.recv(1); a.close()")
        ours = own.conn(netns=net.client.inode, lport=first_port, rport=port)
        theirs = own.conn(netns=net.server.inode, lport=port, rport=first_port)
        expect(ours, fate="closed_by_local", origin="snapshot", pid=os.getpid(), started=None,
               complete=False, owner_from="holder", closed_first="local", close_how="close")
        expect(theirs, fate="closed_by_remote", origin="snapshot", pid=agent.pid, comm="server",
               role="server", bytes_received=6, eof_read=True)
        agent.run("b.send(b'x')")
        second.close()  # unread
        assert agent.attempt("b.recv(1)") == "ECONNRESET"
        agent.run("b.close()")
        expect(own.conn(netns=net.client.inode, lport=second_port, rport=port),
               fate="aborted_unread", bytes_unread=1, origin="snapshot")
        expect(own.conn(netns=net.server.inode, lport=port, rport=second_port),
               fate="reset_by_remote", errno="ECONNRESET", errno_delivered=True,
               origin="snapshot", pid=agent.pid)


def test_an_orphan_keeps_the_owner_that_connected(net, own, spawn):
    """An orphan dies later: the owner is who connected, though it is gone."""
    agent = spawn(net.client, comm=b"gone")
    server, lport, port = connects(agent, net)
    own.scans()
    pid = agent.pid
    net.server.drop()
    agent.kill()
    record = own.conn(netns=net.client.inode, lport=lport, rport=port)
    expect(record, pid=pid, comm="gone", owner_from="connect", close_how="signal:9",
           fate="close_timeout")
    server.close()


def sockaddr(net, port):
    if net.v6:
        return struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(port), 0,
                           socket.inet_pton(socket.AF_INET6, net.server_ip), 0)
    return struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port),
                       socket.inet_aton(net.server_ip))


@pytest.mark.parametrize("flags", ["0", "SQPOLL"], ids=["submitted", "polled"])
def test_io_uring_calls_belong_to_the_process(net, own, spawn, flags):
    """connect() and accept() that the process never calls: its worker threads are itself."""
    ours, theirs = spawn(net.client, comm=b"asker"), spawn(net.server, comm=b"answerer")
    for agent in ours, theirs:
        agent.run(f"exec(open({str(URING)!r}).read(), globals())")
        error = agent.attempt(f"ring = Ring({flags})")
        if error:
            pytest.skip(f"io_uring_setup: {error}")
    port = listens(theirs, net)
    ours.run(f"s = socket.socket({int(net.family)}); s.setblocking(True)")
    ours.run(f"ring.connect(s.fileno(), {sockaddr(net, port)!r})")
    lport = ours.run("s.getsockname()[1]")
    theirs.run("a = socket.socket(fileno=ring.accept(l.fileno()))")
    own.scans()
    theirs.run("a.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))")
    theirs.run("a.close()")
    assert ours.attempt("s.recv(1)") == "ECONNRESET"
    ours.run("s.close()")
    expect(own.conn(netns=net.client.inode, lport=lport, rport=port), pid=ours.pid, comm="asker",
           owner_from="connect", fate="reset_by_remote")
    expect(own.conn(netns=net.server.inode, lport=port, rport=lport), pid=theirs.pid,
           comm="answerer", owner_from=("holder", "accept"), fate="aborted_linger")


OWN_TABLE = """
r, w = os.pipe()
child = os.fork()
if not child:
    import threading, time
    name(b"threads")
    def holds():
        if {own}:
            libc.unshare(0x400)  # CLONE_FILES
        s = socket.socket({family})
        s.connect(({ip!r}, {port}))
        os.write(w, b"%d" % s.getsockname()[1])
        time.sleep(99)
    threading.Thread(target=holds).start()
    if {leader_exits}:
        libc.pthread_exit(None)
    signal.pause()
"""


@pytest.mark.parametrize("method", [[], ["--without", "iter"]], ids=["iterators", "proc"])
@pytest.mark.parametrize("own, leader_exits", [(True, False), (False, True), (False, False)],
                         ids=["own-table", "leader-exited", "shared-table"])
def test_a_thread_of_its_own_is_its_process(net, spawn, method, own, leader_exits):
    """A thread with a table of descriptors of its own, and one whose process's first thread has
    exited, hold their sockets for the process; one that shares the table does so once."""
    agent = spawn(net.client, comm=b"parent")
    listener = listen(net)
    port = listener.getsockname()[1]
    agent.run(OWN_TABLE.format(own=own, leader_exits=leader_exits, family=int(net.family),
                               ip=net.server_ip, port=port))
    server, _ = listener.accept()
    lport, child = int(agent.run("os.read(r, 9).decode()")), agent.run("child")
    if leader_exits:
        until(lambda: "zombie" in pathlib.Path(f"/proc/{child}/status").read_text("utf-8"),
              "the first thread to exit")
    snapshot = snapshots.of(net.client, options=method)
    holder, = snapshot.socket(net.client, lport, port)["holders"]
    assert (holder["pid"], holder["comm"]) == (child, "threads")
    end(agent, [child])
    server.close()
    listener.close()
