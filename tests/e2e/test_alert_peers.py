# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Alerts about one peer: storms, flaps, ghosts; and busy peers that raise none."""
import contextlib
import json
import shutil
import subprocess
import time

import pytest

from lib.alerts import Watch, expect_alert, watching
from lib.command import tcpfate
from lib.sockets import client_socket, linger, listen, outcome
from programs import daemon


def for_seconds(seconds, act, pause=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        act()
        time.sleep(pause)


def test_a_storm_of_resets_raises_an_alert(net):
    """A server that answers and then resets, again and again."""
    listener = listen(net)

    def one():
        client = client_socket(net)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        server.sendall(b"half an answ")
        assert client.recv(99)
        linger(server)
        server.close()
        assert outcome(client.recv, 1) == "ECONNRESET"
        client.close()

    with watching(net.client, alerts=["reset_storm"]) as own:
        for_seconds(4, one)
        expect_alert(own.alert("reset_storm"), fate="reset_by_remote", comm=bool,
                     remote_addr=net.server_ip, remote_port=listener.getsockname()[1],
                     rate_per_min=lambda n: n >= 300, netns=net.client.inode)
        own.alert("reset_storm", "clear")
    listener.close()


def test_a_storm_of_refusals_raises_an_alert(net):
    def one():
        with client_socket(net) as sock:
            assert outcome(sock.connect, (net.server_ip, 9)) == "ECONNREFUSED"

    with watching(net.client, alerts=["refused_storm"]) as own:
        for_seconds(4, one)
        expect_alert(own.alert("refused_storm"), remote_addr=net.server_ip, remote_port=9,
                     comm=bool, rate_per_min=lambda n: n >= 300)
        own.alert("refused_storm", "clear")


def test_a_peer_that_reconnects_all_the_time_raises_an_alert(net):
    """A client that is thrown out at once and comes back, one connection at a time."""
    listener = listen(net)

    def one():
        client = client_socket(net)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        client.sendall(b"hello?")
        server.close()  # unread: an RST
        assert outcome(client.recv, 1) in ("ECONNRESET", None)
        client.close()

    with watching(net.server, alerts=["reconnect_flap"]) as own:
        for_seconds(4, one, pause=0.1)
        expect_alert(own.alert("reconnect_flap"), local_port=listener.getsockname()[1],
                     remote_addr=net.client_ip, remote_port=None)
    listener.close()


@contextlib.contextmanager
def device(net, times, apart=1.6):
    """A peer that loses its power and comes back: its old connections are never heard of again."""
    listener = listen(net)
    socks = []
    for _ in range(times):
        client = client_socket(net)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        socks += [client, server]
        client.sendall(b"here I am")
        assert server.recv(99)
        time.sleep(apart)  # the alert rests on this silence
    client.sendall(b"still here")
    yield listener.getsockname()[1]
    for sock in socks + [listener]:
        sock.close()


def test_connections_of_a_peer_that_is_gone_raise_an_alert(net4):
    with watching(net4.server, alerts=["ghost_established"]) as own, device(net4, 7) as port:
        alert = expect_alert(own.alert("ghost_established"), local_port=port, comm=bool,
                             remote_addr=net4.client_ip, count=lambda n: n >= 4,
                             netns=net4.server.inode)
        assert all(e["state"] == "ESTABLISHED" for e in alert["examples"])


def test_a_pool_that_grows_by_one_raises_no_alert(net4):
    listener = listen(net4, backlog=64)
    socks = []

    def open_one():
        client = client_socket(net4)
        client.connect(listener.getsockname()[:2])
        socks.extend([client, listener.accept()[0]])
        client.sendall(b"x")
        assert socks[-1].recv(1) == b"x"

    with watching(net4.server, net4.client) as own:
        for _ in range(20):
            open_one()
        time.sleep(1.5)
        open_one()
        own.expect_quiet()
    for sock in socks + [listener]:
        sock.close()


def test_health_checks_raise_no_alert(net4):
    """A load balancer that connects to check the port, and closes with an RST."""
    listener = listen(net4, backlog=64)

    def one():
        client = client_socket(net4)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        linger(client)
        client.close()
        outcome(server.recv, 1)
        server.close()

    with watching(net4.server, net4.client) as own:
        for_seconds(4, one)
        own.expect_quiet()
    listener.close()


@pytest.mark.alone
@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
@pytest.mark.parametrize("header", ["Connection: close", "Connection: keep-alive"])
def test_a_busy_web_server_raises_no_alert(net4, header):
    """nginx under wrk: thousands of short connections from one address, or some that stay."""
    net4.crowded()
    nginx = daemon.nginx(net4.server, net4.server_ip)
    try:
        # Some ten thousand connections: their records are not needed.
        with Watch(net4.client, net4.server, options=["--class", "unknown"]) as own:
            with net4.client:
                done = subprocess.run(
                    ["wrk", "-t1", "-c16", "-d4s", "-H", header, f"http://{net4.server_ip}/small"],
                    capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stderr
            assert "requests in" in done.stdout
            own.expect_quiet()
            own.stop()
            assert own.alerts() == []
            assert not [r for r in own.records if r["type"] == "conn"]
    finally:
        nginx.remove()


def test_a_replay_raises_the_same_alerts(net4, tmp_path):
    """All that an alert rests on is in the recording: events, scans, time."""
    path = tmp_path / "recording"
    limits = ["--alert", "syn_sent_pileup:count=5,age=1s", "--alert",
              "refused_storm:rate=60,age=1s"]
    net4.server.drop("tcp dport 4444")

    def one():
        with client_socket(net4) as sock:
            outcome(sock.connect, (net4.server_ip, 9))

    with watching(net4.client, net4.server, options=["--record", str(path)]) as own:
        socks = [client_socket(net4, timeout=0) for _ in range(20)]
        for sock in socks:
            sock.connect_ex((net4.server_ip, 4444))
        for_seconds(3, one)
        own.alert("syn_sent_pileup")
        own.alert("refused_storm")
        for sock in socks:
            sock.close()
        argv = own.process.args
    live = [r for r in own.records if r["type"] == "alert"]
    words = [word for flag, word in zip(argv, argv[1:]) if flag == "--alert"]
    done = tcpfate("replay", "-j", *(w for word in words for w in ("--alert", word)),
                   "--handoff-grace", "50ms", path)
    assert (done.status, done.err) == (0, "")
    replayed = [r for r in map(json.loads, done.lines) if r["type"] == "alert"]
    assert live == replayed and live
    other = tcpfate("replay", "-j", *limits, path)
    assert {r["alert"] for r in other.records() if r["type"] == "alert"} >= {"syn_sent_pileup"}
