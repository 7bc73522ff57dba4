# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Real programs: what becomes of the connections of curl, nginx, haproxy, redis and a leaky server.

Each scenario is common in production. Both ends are asserted: fate, who began, which process, how.
"""
import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass

import pytest

from lib.records import expect
from lib.sockets import client_socket, outcome, until, until_state
from programs import daemon

CLEAN = dict(rst_sent=False, rst_received=False, errno=None, complete=True, bytes_unread=0,
             bytes_unsent=0, established=True)
CLEAN_END = dict(**{"class": "clean"}, rst_sent=False, rst_received=False, errno=None)
BY_FIRST = {"local": "closed_by_local", "remote": "closed_by_remote",
            "both": "closed_simultaneously"}
BIG = 8 << 20


@dataclass
class Curl:
    """A curl that has ended: its exit status, HTTP status and local port."""
    pid: int
    status: int
    code: int
    port: int
    opened: int


class Started:
    """A running curl. Its answer goes to /dev/null, what -w says to us."""

    def __init__(self, netns, *args):
        form = '{"code":%{http_code},"port":%{local_port},"opened":%{num_connects}}\\n'
        with netns:
            self.process = subprocess.Popen(
                ["curl", "-q", "-s", "-o", "/dev/null", "-w", form, *args],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.pid = self.process.pid

    def end(self):
        said, _ = self.process.communicate(timeout=20)
        last = json.loads(said.splitlines()[-1]) if said else dict(code=0, port=0, opened=0)
        return Curl(self.pid, self.process.returncode, **last)

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def serve(request):
    """serve(start, net, ...): a daemon at the server's address, gone when the test is."""
    with contextlib.ExitStack() as undo:
        def start(how, net, *args):
            made = how(net.server, net.server_ip, *args)
            undo.callback(made.remove)
            return made
        yield start


@pytest.fixture
def curl():
    """curl(net, args...): runs to its end. curl.start(...): still runs."""
    with contextlib.ExitStack() as undo:
        def start(net, *args):
            made = Started(net.client, *args)
            undo.callback(made.remove)
            return made

        def run(net, *args):
            return start(net, *args).end()
        run.start = start
        yield run


def url(net, path, port=80):
    host = f"[{net.server_ip}]" if net.v6 else net.server_ip
    return f"http://{host}:{port}/{path}"


def both(fate, net, cport, sport=80, **kwargs):
    """The client's and the server's record of a connection between the two namespaces."""
    return (fate.conn(netns=net.client.inode, lport=cport, rport=sport, **kwargs),
            fate.conn(netns=net.server.inode, lport=sport, rport=cport, **kwargs))


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(b"x" * BIG)
    return f"@{path}"


def test_curl_closes_first_and_nginx_follows(fate, net, serve, curl):
    """The client is done first; nginx, who would keep the connection alive, follows."""
    nginx = serve(daemon.nginx, net)
    done = curl(net, url(net, "small"))
    assert (done.status, done.code) == (0, 200)
    ours, theirs = both(fate, net, done.port)
    expect(ours, fate="closed_by_local", closed_first="local", close_how="close", pid=done.pid,
           comm="curl", owner_from="connect", uid=0, role="client", **CLEAN)
    expect(theirs, fate="closed_by_remote", closed_first="remote", close_how="close",
           pid=nginx.child(), comm="nginx", owner_from={"accept", "close"}, role="server",
           eof_read=True, **CLEAN)
    assert ours["bytes_sent"] == theirs["bytes_received"] > 0
    assert theirs["bytes_sent"] == ours["bytes_received"] > 0


def test_nginx_closes_first_when_it_is_asked_to(fate, net4, serve):
    """To a client that reads to the end; curl would close as soon as it has the answer."""
    nginx = serve(daemon.nginx, net4)
    sock, port = http_client(net4)
    sock.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    while sock.recv(4096):
        pass
    sock.close()
    ours, theirs = both(fate, net4, port)
    expect(ours, fate="closed_by_remote", closed_first="remote", pid=os.getpid(), **CLEAN)
    expect(theirs, fate="closed_by_local", closed_first="local", close_how="close",
           pid=nginx.child(), comm="nginx", uid=33, **CLEAN)


def http_client(net):
    sock = client_socket(net)
    sock.connect((net.server_ip, 80))
    return sock, sock.getsockname()[1]


def test_keep_alive_is_one_connection(fate, net4, serve, curl):
    serve(daemon.nginx, net4)
    done = curl(net4, url(net4, "small"), "-o", "/dev/null", url(net4, "small"))
    assert done.opened == 0, "the second request opened a connection of its own"
    ours, theirs = both(fate, net4, done.port)
    expect(ours, fate="closed_by_local", **CLEAN)
    expect(theirs, fate="closed_by_remote", **CLEAN)


def test_a_client_that_gives_up_with_all_read_ends_clean(fate, net4, serve, curl):
    """curl --max-time has read all that had come: FIN. nginx sees it before it writes again."""
    nginx = serve(daemon.nginx, net4)
    done = curl(net4, "--max-time", "0.4", url(net4, "slow"))
    assert done.status == 28
    ours, theirs = both(fate, net4, done.port)
    expect(ours, fate="closed_by_local", closed_first="local", close_how="close", pid=done.pid,
           comm="curl", **CLEAN)
    expect(theirs, fate="closed_by_remote", closed_first="remote", pid=nginx.child(), comm="nginx",
           **CLEAN)


def test_a_client_that_gives_up_with_unread_data_aborts(fate, net4, serve, curl):
    """A slow reader: what it had not read goes back as an RST, and nginx's write fails."""
    nginx = serve(daemon.nginx, net4)
    done = curl(net4, "--limit-rate", "64k", "--max-time", "0.4", url(net4, "big"))
    assert done.status == 28
    ours, theirs = both(fate, net4, done.port)
    expect(ours, fate="aborted_unread", closed_first="local", close_how="close", pid=done.pid,
           comm="curl", rst_sent=True, rst_received=False, fin_sent=False, errno=None,
           bytes_unread=lambda n: n > 0, rst_reason="TCP_ABORT_ON_CLOSE", evidence=["unread_data"])
    expect(theirs, fate="reset_by_remote", closed_first="remote", errno="ECONNRESET",
           rst_received=True, rst_sent=False, pid=nginx.child(), comm="nginx",
           bytes_sent=lambda n: n > 0)


def test_a_client_killed_with_unread_data_aborts(fate, net4, serve, curl):
    """Stopped first, so that data waits unread when it dies: the kernel closes for it, with an
    RST."""
    nginx = serve(daemon.nginx, net4)
    client = curl.start(net4, url(net4, "slow"))
    port = client_port(net4, "receiving")
    client.process.send_signal(signal.SIGSTOP)
    until(lambda: receive_queue(net4, port) > 0, "unread data at the client")
    client.process.kill()
    client.process.wait()
    ours, theirs = both(fate, net4, port)
    expect(ours, fate="aborted_unread", closed_first="local", close_how="signal:9",
           pid=client.pid, comm="curl", bytes_unread=lambda n: n > 0, rst_sent=True,
           rst_received=False, fin_sent=False, errno=None, rst_reason="TCP_ABORT_ON_CLOSE",
           end_state="ESTABLISHED")
    expect(theirs, fate="reset_by_remote", errno="ECONNRESET", rst_received=True, rst_sent=False,
           closed_first="remote", end_state="ESTABLISHED", pid=nginx.child(), comm="nginx")


def sockets_of(net):
    """What ss says of the client's sockets to port 80."""
    return [line.split() for line in net.client.command(
        "ss", "-tnH", "dst", f"{net.server_ip}:80").splitlines()]


def client_port(net, what):
    until(lambda: sockets_of(net), what)
    return int(sockets_of(net)[0][3].rsplit(":", 1)[1])


def receive_queue(net, port):
    return next(int(s[1]) for s in sockets_of(net) if s[3].endswith(f":{port}"))


def test_a_post_answered_early_ends_clean(fate, net4, serve, curl, body):
    """lingering_close: nginx sends its answer and its FIN and reads on, so that no RST destroys the
    answer. curl sees the 413, stops sending and closes, at the same time or before."""
    nginx = serve(daemon.nginx, net4)
    done = curl(net4, "-H", "Expect:", "--data-binary", body, url(net4, "upload"))
    assert (done.status, done.code) == (0, 413)
    ours, theirs = both(fate, net4, done.port)
    expect(ours, pid=done.pid, comm="curl", bytes_received=lambda n: n > 0, **CLEAN_END)
    expect(theirs, pid=nginx.child(), comm="nginx", bytes_unread=0, **CLEAN_END)
    firsts = (ours["closed_first"], theirs["closed_first"])
    assert firsts in {("local", "remote"), ("remote", "local"), ("both", "both")}
    assert (ours["fate"], theirs["fate"]) == tuple(BY_FIRST[first] for first in firsts)


def send_and_read(sock, request):
    """A client that reads the answer only when all is sent."""
    sock.sendall(request)
    while sock.recv(4096):
        pass


def test_a_server_that_leaves_data_unread_aborts(fate, net4, serve):
    """nginx answers the request, and closes on top of what came behind it and was never read.
    Without lingering_close that is an RST, which may destroy the answer on its way."""
    nginx = serve(daemon.nginx, net4)
    sock, port = http_client(net4)
    head = b"GET /rude HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    error = outcome(send_and_read, sock, head + b"x" * 65536)
    assert error in ("ECONNRESET", "EPIPE")
    sock.close()
    ours, theirs = both(fate, net4, port)
    expect(theirs, fate="aborted_unread", closed_first="local", close_how="close",
           pid=nginx.child(), comm="nginx", bytes_unread=lambda n: n > 0, rst_sent=True,
           rst_received=False, fin_sent=False, errno=None, rst_reason="TCP_ABORT_ON_CLOSE",
           evidence=["unread_data"])
    expect(ours, fate="reset_by_remote", closed_first="remote", rst_received=True, rst_sent=False,
           fin_received=False, errno="ECONNRESET", errno_delivered=True, pid=os.getpid())


def test_haproxy_and_its_backend_are_two_connections(fate, net4, serve, curl):
    """Two connections: the client's, and haproxy's own to nginx."""
    nginx, haproxy = serve(daemon.nginx, net4), serve(daemon.haproxy, net4)
    done = curl(net4, url(net4, "small", 8080))
    assert (done.status, done.code) == (0, 200)
    ours, theirs = both(fate, net4, done.port, 8080)
    expect(ours, fate="closed_by_local", pid=done.pid, comm="curl", **CLEAN)
    expect(theirs, fate="closed_by_remote", pid=haproxy.pid, comm="haproxy", **CLEAN)
    inner = fate.conn(netns=net4.server.inode, rport=80)
    expect(inner, pid=haproxy.pid, comm="haproxy", owner_from="connect", role="client",
           established=True)
    outer = fate.conn(netns=net4.server.inode, lport=80, rport=inner["local_port"])
    expect(outer, pid=nginx.child(), comm="nginx", role="server")
    verdicts = {("closed_by_remote", "closed_by_local"), ("closed_by_local", "closed_by_remote"),
                ("aborted_linger", "reset_by_remote"), ("aborted_linger", "reset_after_local_fin")}
    assert (inner["fate"], outer["fate"]) in verdicts, (inner, outer)


def test_a_refusing_backend_of_haproxy_is_connect_refused(fate, net4, serve, curl):
    haproxy = serve(daemon.haproxy, net4)
    done = curl(net4, url(net4, "small", 8081))
    assert (done.status, done.code) == (0, 503)
    expect(fate.conn(netns=net4.server.inode, rport=81), fate="connect_refused",
           errno="ECONNREFUSED", pid=haproxy.pid, comm="haproxy", owner_from="connect",
           rst_received=True, rst_sent=False, closed_first=None, established=False)
    expect(fate.reset(kind="refused_inbound", netns=net4.server.inode, lport=81), id=None)
    _, theirs = both(fate, net4, done.port, 8081)
    expect(theirs, pid=haproxy.pid, comm="haproxy", established=True, errno=None)


def test_a_silent_backend_of_haproxy_is_connect_abandoned(fate, net4, serve, curl):
    """haproxy gives up long before the kernel would."""
    haproxy = serve(daemon.haproxy, net4)
    net4.server.nft("input", "tcp dport 82 drop")
    done = curl(net4, url(net4, "small", 8082))
    assert (done.status, done.code) == (0, 503)
    expect(fate.conn(netns=net4.server.inode, rport=82), fate="connect_abandoned", errno=None,
           pid=haproxy.pid, comm="haproxy", owner_from="connect", closed_first="local",
           rst_received=False, established=False, end_state="SYN_SENT",
           duration_us=lambda us: 350_000 < us < 2_000_000)


def redis_client(net):
    sock = client_socket(net)
    sock.connect((net.server_ip, 6379))
    sock.sendall(b"PING\r\n")
    assert sock.recv(99) == b"+PONG\r\n"
    return sock, sock.getsockname()[1]


def assert_closed_by_redis(fate, net, redis, sock, port):
    assert sock.recv(1) == b""
    sock.close()
    ours, theirs = both(fate, net, port, 6379)
    expect(ours, fate="closed_by_remote", closed_first="remote", pid=os.getpid(), eof_read=True,
           **CLEAN)
    expect(theirs, fate="closed_by_local", closed_first="local", close_how="close", pid=redis.pid,
           comm="redis-server", owner_from={"accept", "close"}, **CLEAN)
    return ours, theirs


def test_redis_client_kill_is_closed_by_redis(fate, net4, serve):
    redis = serve(daemon.redis, net4)
    sock, port = redis_client(net4)
    admin = net4.client.command("redis-cli", "-h", net4.server_ip, "client", "kill",
                                f"{net4.client_ip}:{port}")
    assert admin.strip() == "OK"
    assert_closed_by_redis(fate, net4, redis, sock, port)


def test_an_idle_timeout_is_closed_by_redis(fate, net4, serve):
    redis = serve(daemon.redis, net4, "--timeout", "1")
    sock, port = redis_client(net4)
    ours, theirs = assert_closed_by_redis(fate, net4, redis, sock, port)
    for record in ours, theirs:
        assert dict(record["states"])["ESTABLISHED"] >= 900_000


def leak(net):
    """A client that has been served and has closed; the server has read its EOF."""
    sock = client_socket(net)
    sock.connect((net.server_ip, 7000))
    port = sock.getsockname()[1]
    sock.sendall(b"?")
    assert sock.recv(99) == b"served\n"
    sock.close()
    until(lambda: f":{port}" in net.server.command("ss", "-tnH", "state", "close-wait"),
          "CLOSE_WAIT at the server")
    return port


@pytest.mark.parametrize("how, number", [("exit", signal.SIGTERM), ("signal:9", signal.SIGKILL)])
def test_a_leaked_connection_ends_with_its_process(fate, net4, serve, how, number):
    """CLOSE_WAIT as long as the process lives. The kernel closes when it dies, and only then."""
    server = serve(daemon.forgetful, net4)
    port = leak(net4)
    expect(fate.conn(netns=net4.client.inode, lport=port), fate="closed_by_local",
           closed_first="local", close_how="close", fin_received=None, rst_sent=False)
    assert not [r for r in fate.records if r["type"] == "conn" and r["local_port"] == 7000
                and r["remote_port"] == port and r["netns"] == net4.server.inode]
    server.end(number)
    expect(fate.conn(netns=net4.server.inode, lport=7000, rport=port), fate="closed_by_remote",
           closed_first="remote", close_how=how, pid=server.pid, comm="python3", eof_read=True,
           states=["ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"], **CLEAN)


def test_a_leak_longer_than_fin_timeout_is_reset(fate, net4, serve):
    """After tcp_fin_timeout the client's host has forgotten: the late FIN is answered by an RST."""
    net4.client.sysctl({"net.ipv4.tcp_fin_timeout": 1})
    server = serve(daemon.forgetful, net4)
    port = leak(net4)
    until(lambda: f":{port}" not in net4.client.command("ss", "-tanH"), "FIN_WAIT2 to be over")
    server.end(signal.SIGKILL)
    expect(fate.conn(netns=net4.server.inode, lport=7000, rport=port),
           fate="reset_after_remote_fin", closed_first="remote", close_how="signal:9",
           pid=server.pid, comm="python3", rst_received=True, rst_sent=False, fin_sent=True,
           fin_received=True, end_state="LAST_ACK")
    expect(fate.reset(kind="stray_segment", netns=net4.client.inode, lport=port), remote_port=7000)


def test_a_writer_to_a_server_that_is_gone_is_reset(fate, net4, serve):
    """A restarted server: the client's idle connection gets an RST at the second write."""
    server = serve(daemon.redis, net4)
    sock, port = redis_client(net4)
    server.end(signal.SIGKILL)
    until_state(sock, "CLOSE_WAIT")
    sock.sendall(b"PING\r\n")
    until_state(sock, "CLOSE")
    assert outcome(sock.sendall, b"PING\r\n") == "EPIPE"
    sock.close()
    ours, theirs = both(fate, net4, port, 6379)
    expect(ours, fate="reset_after_remote_fin", closed_first="remote", errno="EPIPE",
           errno_delivered=True, rst_received=True, pid=os.getpid())
    expect(theirs, fate="aborted_late_data", closed_first="local", close_how="signal:9",
           pid=server.pid, comm="redis-server", rst_sent=True, fin_sent=True)
