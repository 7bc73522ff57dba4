# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Sockets that stay in a state which should pass: raised by the real cause, cleared when it is
gone."""
import contextlib
import socket
import time

from lib.alerts import between, expect_alert, watching
from lib.sockets import client_socket, listen, until, until_state


@contextlib.contextmanager
def crowd(net, count, backlog=256):
    """@count connections from the client's to the server's namespace: (clients, servers, port)."""
    listener = listen(net, backlog=backlog)
    clients, servers = [], []
    try:
        for _ in range(count):
            clients.append(client_socket(net))
            clients[-1].connect(listener.getsockname()[:2])
            servers.append(listener.accept()[0])
        yield clients, servers, listener.getsockname()[1]
    finally:
        for sock in clients + servers + [listener]:
            sock.close()


LEAK = """
listener = socket.socket(socket.{family})
listener.bind(({ip!r}, 0))
listener.listen(64)
kept = []
"""
ACCEPT = "[kept.append(listener.accept()[0]) for _ in range({count})]"


def leaky(spawn, net, comm=b"java"):
    """A server that will never close what it accepts: (agent, port)."""
    agent = spawn(net.server, comm=comm)
    agent.run(LEAK.format(family=net.family.name, ip=net.server_ip))
    return agent, agent.run("listener.getsockname()[1]")


def leak(agent, net, port, count, data=b""):
    clients = [client_socket(net) for _ in range(count)]
    for client in clients:
        client.connect((net.server_ip, port))
        agent.run(ACCEPT.format(count=1))
    for client in clients:
        client.sendall(data)
        client.close()


def test_a_close_wait_leak_raises_updates_and_clears_an_alert(net, spawn):
    """A server that leaks, as it leaks: raised, updated as it grows, cleared when it closes."""
    with watching(net.client, net.server, alerts=["close_wait_pileup"]) as own:
        agent, port = leaky(spawn, net)
        leak(agent, net, port, 20)
        first = expect_alert(
            own.alert("close_wait_pileup"), count=between(10, 20), pid=agent.pid, comm="java",
            local_port=port, remote_port=None, remote_addr=None, netns=net.server.inode,
            severity="warning",
            oldest_at_least=False, oldest_us=lambda us: 1000000 <= us < 20000000)
        assert "CLOSE_WAIT" in first["text"] and f":{port}" in first["text"]
        fds = agent.run("[s.fileno() for s in kept]")
        assert len(first["examples"]) == 3
        for example in first["examples"]:
            assert (example["state"], example["pid"]) == ("CLOSE_WAIT", agent.pid)
            assert example["local_port"] == port and example["remote_addr"] == net.client_ip
            assert example["fd"] in (None, *fds)
        agent.run("for s in kept: s.recv(1)")
        leak(agent, net, port, 20)
        # Updated when it had grown by half; not all of the second half are old enough then.
        grown = expect_alert(own.alert("close_wait_pileup", "update"),
                             count=between(first["count"] + 1, 40), since=first["since"])
        assert grown["eof_read"] is None or grown["eof_read"] <= 20
        assert all(e["fd"] in (None, *fds) for e in grown["examples"])
        agent.run("[s.close() for s in kept]")
        expect_alert(own.alert("close_wait_pileup", "clear"),
                     count=between(grown["count"], 40), since=first["since"])


def test_a_close_wait_leak_from_before_the_start_raises_an_alert(net4, spawn):
    """The incident is there already: who holds them is found, and how old they are at least."""
    agent, port = leaky(spawn, net4)
    leak(agent, net4, port, 15, b"seven B")
    agent.run("kept[0].recv(9); kept[0].recv(1)")
    time.sleep(1.1)  # their age is known from below only: at least so long
    with watching(net4.server, alerts=["close_wait_pileup"]) as own:
        alert = expect_alert(
            own.alert("close_wait_pileup"), count=between(10, 15), pid=agent.pid, comm="java",
            local_port=port,
            oldest_at_least=True, oldest_us=lambda us: us >= 1000000, eof_read=(0, 1))
        assert alert["bytes_unread"] == 7 * (alert["count"] - alert["eof_read"])
        assert "at least" in alert["text"]
        fds = agent.run("[s.fileno() for s in kept]")
        assert all(e["fd"] in fds for e in alert["examples"])


def test_unanswered_connects_raise_an_alert(net):
    """The destination has vanished: each connect waits."""
    net.server.drop()
    with watching(net.client, alerts=["syn_sent_pileup"]) as own:
        socks = [client_socket(net, timeout=0) for _ in range(20)]
        for sock in socks:
            sock.connect_ex((net.server_ip, 4444))
        expect_alert(own.alert("syn_sent_pileup"), count=between(10, 20), remote_addr=net.server_ip,
                     remote_port=4444, comm=bool, destinations=None)
        for sock in socks:
            sock.close()
        own.alert("syn_sent_pileup", "clear")


def test_connects_to_many_destinations_raise_one_alert(net4):
    """Many destinations, few connects to each: one alert, of the process."""
    net4.client.ip(f"route add 10.99.0.0/16 via {net4.server_ip}")
    net4.server.drop()
    with watching(net4.client, alerts=["syn_sent_pileup"]) as own:
        socks = [client_socket(net4, timeout=0) for _ in range(60)]
        for number, sock in enumerate(socks):
            sock.connect_ex((f"10.99.0.{number + 1}", 22))
        alert = expect_alert(own.alert("syn_sent_pileup"), count=between(10, 60), remote_addr=None,
                             remote_port=None, comm=bool)
        assert alert["destinations"] == alert["count"]
        for sock in socks:
            sock.close()
        assert len([a for a in own.alerts() if a["event"] == "raise"]) == 1


def patient(ns):
    """Orphans are not given up within the test."""
    ns.sysctl({"net.ipv4.tcp_orphan_retries": 8, "net.ipv4.tcp_retries2": 8})


def test_unacknowledged_fins_raise_an_alert(net):
    """A shutdown with its clients gone: every FIN is repeated in vain."""
    patient(net.server)
    with watching(net.server, alerts=["fin_wait1_pileup"]) as own, \
            crowd(net, 20) as (clients, servers, port):
        net.blackhole()
        for sock in servers:
            sock.close()
        expect_alert(own.alert("fin_wait1_pileup"), count=between(10, 20), local_port=port,
                     pid=None,
                     netns=net.server.inode)


def test_unacknowledged_last_fins_raise_an_alert(net):
    """The clients have said goodbye and are gone before ours arrives."""
    patient(net.server)
    with watching(net.server, alerts=["last_ack_pileup"]) as own, \
            crowd(net, 20) as (clients, servers, port):
        for client, server in zip(clients, servers):
            client.shutdown(socket.SHUT_WR)
            assert server.recv(1) == b""
        net.blackhole()
        for sock in servers:
            sock.close()
        expect_alert(own.alert("last_ack_pileup"), count=between(10, 20), local_port=port)


def test_orphans_stuck_in_fin_wait2_raise_an_alert(net):
    """Peers that never close their side: orphans, which live in minisocks only a scan sees."""
    with watching(net.server, alerts=["fin_wait2_stuck"]) as own, \
            crowd(net, 20) as (clients, servers, _):
        for sock in servers:
            sock.close()
        expect_alert(own.alert("fin_wait2_stuck"), count=between(10, 20), remote_addr=net.client_ip,
                     netns=net.server.inode)
        for sock in clients:
            sock.close()
        own.alert("fin_wait2_stuck", "clear")


def test_owned_sockets_stuck_in_fin_wait2_raise_an_alert(net4):
    """The same after shutdown(): full sockets, whose owner still holds them."""
    with watching(net4.server, alerts=["fin_wait2_stuck"]) as own, \
            crowd(net4, 20) as (clients, servers, _):
        for sock in servers:
            sock.shutdown(socket.SHUT_WR)
        for sock in servers:
            until_state(sock, "FIN_WAIT2")
        alert = expect_alert(own.alert("fin_wait2_stuck"), count=between(10, 20),
                             remote_addr=net4.client_ip)
        assert alert["examples"][0]["state"] == "FIN_WAIT2"


def test_good_connects_raise_no_alert(net4):
    """A burst of connects that succeed, and their orderly end."""
    with watching(net4.client, net4.server) as own:
        with crowd(net4, 200) as (clients, servers, _):
            for sock in clients:
                sock.close()
            until(lambda: all(sock.recv(1) == b"" for sock in servers), "EOF everywhere")
        own.expect_quiet()


def test_an_idle_pool_raises_no_alert(net4):
    """Connections that are kept open and used now and then."""
    with watching(net4.client, net4.server) as own, crowd(net4, 50) as (clients, servers, _):
        for _ in range(3):
            clients[0].sendall(b"x")
            assert servers[0].recv(1) == b"x"
            own.expect_quiet()
