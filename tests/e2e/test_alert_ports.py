# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Local ports towards one destination: used up by TIME_WAIT, or used again."""
from lib.alerts import between, expect_alert, watching
from lib.sockets import client_socket, listen, outcome

FIRST, LAST = 50000, 50063


def use_ports(net, count):
    """@count connections that the client closes first: each leaves a TIME_WAIT with it."""
    listener = listen(net, backlog=64)
    for _ in range(count):
        client = client_socket(net)
        client.connect(listener.getsockname()[:2])
        server, _ = listener.accept()
        client.close()
        assert server.recv(1) == b""
        server.close()
    return listener


def squeeze(net, reuse):
    net.client.sysctl({"net.ipv4.ip_local_port_range": f"{FIRST} {LAST}",
                       "net.ipv4.tcp_tw_reuse": reuse})


def test_ports_used_up_by_time_wait_raise_an_alert(net):
    squeeze(net, 0)
    with watching(net.client, alerts=["time_wait_exhaustion"]) as own:
        listener = use_ports(net, 60)
        expect_alert(own.alert("time_wait_exhaustion"), limit=64, count=between(52, 60),
                     local_addr=net.client_ip, remote_addr=net.server_ip, local_port=None,
                     remote_port=listener.getsockname()[1], severity="critical",
                     netns=net.client.inode)
        net.client.sysctl({"net.ipv4.ip_local_port_range": "32768 60999"})
        own.alert("time_wait_exhaustion", "clear")
    listener.close()


def test_connects_that_find_no_port_raise_an_alert(net4):
    """It has happened already: EADDRNOTAVAIL."""
    squeeze(net4, 0)
    with watching(net4.client, alerts=["time_wait_exhaustion"]) as own:
        listener = use_ports(net4, 64)
        for _ in range(4):
            with client_socket(net4) as sock:
                error = outcome(sock.connect, listener.getsockname()[:2])
            assert error == "EADDRNOTAVAIL"
        expect_alert(own.alert("time_wait_exhaustion"), limit=64, count=between(52, 64))
    listener.close()


def test_ports_that_are_used_again_raise_no_alert(net4):
    squeeze(net4, 1)
    with watching(net4.client) as own:
        use_ports(net4, 60).close()
        own.expect_quiet()


def test_a_server_that_closes_first_raises_no_alert(net4):
    """Its TIME_WAITs all have the port that it listens on, and that is in the range."""
    net4.server.sysctl({"net.ipv4.ip_local_port_range": f"{FIRST} {LAST}"})
    with watching(net4.server) as own:
        listener = listen(net4, backlog=64, port=FIRST + 5)
        for _ in range(100):
            client = client_socket(net4)
            client.connect(listener.getsockname()[:2])
            server, _ = listener.accept()
            server.sendall(b"served")
            server.close()
            assert client.recv(9) == b"served" and client.recv(1) == b""
            client.close()
        own.expect_quiet()
        listener.close()
