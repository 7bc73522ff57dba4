# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Queues of listeners: full, flooded, and merely busy."""
import random
import socket
import struct
import threading
import time

import pytest

from lib.alerts import expect_alert, watching
from lib.sockets import client_socket, listen, queued, until


def test_a_full_accept_queue_raises_an_alert(net, spawn):
    """A program that never accepts: its queue fills, and what comes then is dropped."""
    agent = spawn(net.server, comm=b"stuck")
    agent.run(f"listener = socket.socket(socket.{net.family.name})")
    agent.run(f"listener.bind(({net.server_ip!r}, 0))")
    agent.run("listener.listen(4)")
    port = agent.run("listener.getsockname()[1]")
    with watching(net.server, alerts=["accept_queue_full"]) as own:
        clients = [client_socket(net, timeout=0) for _ in range(12)]
        for sock in clients:
            sock.connect_ex((net.server_ip, port))
        expect_alert(own.alert("accept_queue_full"), count=5, limit=4, local_port=port,
                     local_addr=net.server_ip, pid=agent.pid, comm="stuck", severity="critical",
                     netns=net.server.inode)
        grown = own.wait(lambda r: r["type"] == "alert", "any alert")
        assert grown["dropped"] is not None
        agent.run("[listener.accept()[0].close() for _ in range(5)]")
        for sock in clients:
            sock.close()
        own.alert("accept_queue_full", "clear")


def test_a_slow_but_moving_accept_loop_raises_no_alert(net4):
    """There is always somebody in the queue, and never for long."""
    listener = listen(net4, backlog=32)
    stop = threading.Event()

    def accept():
        while not stop.is_set():
            listener.accept()[0].close()
            time.sleep(0.01)

    with watching(net4.server, net4.client,
                  alerts=["accept_queue_full", "syn_recv_flood", "close_wait_pileup"]) as own:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            for _ in range(150):
                until(lambda: queued(listener) < 16, "room")
                sock = client_socket(net4)
                sock.connect(listener.getsockname()[:2])
                sock.close()
            own.expect_quiet()
        finally:
            stop.set()
            client_socket(net4).connect(listener.getsockname()[:2])
            thread.join()
    listener.close()


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, target, sport, dport):
    """An IPv4 SYN of somebody who is not there."""
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    tcp = struct.pack("!HHIIBBHHH", sport, dport, random.getrandbits(32), 0, 5 << 4, 2, 65535, 0, 0)
    tcp = tcp[:16] + struct.pack("!H",
                                 checksum(addresses + struct.pack("!HH", 6, 20) + tcp)) + tcp[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + addresses + tcp


def flood(net, port, count):
    """@count SYNs with forged addresses, which the server can route to and nobody answers for."""
    with net.client:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for number in range(count):
        source = f"10.200.{number // 250}.{number % 250 + 1}"
        raw.sendto(syn(source, net.server_ip, 1024 + number, port), (net.server_ip, 0))
    raw.close()


@pytest.mark.parametrize("cookies", [0, 1])
def test_a_flood_of_syns_raises_an_alert(net4, cookies):
    """With and without SYN cookies. The SYN-ACKs go to the client's namespace, which drops them."""
    net4.server.sysctl({"net.ipv4.tcp_syncookies": cookies, "net.ipv4.tcp_synack_retries": 3,
                        "net.ipv4.tcp_max_syn_backlog": 64})
    net4.server.ip(f"route add 10.200.0.0/16 via {net4.client_ip}")
    listener = listen(net4, backlog=64)
    port = listener.getsockname()[1]
    with watching(net4.server, alerts=["syn_recv_flood"]) as own:
        flood(net4, port, 300)
        alert = expect_alert(own.alert("syn_recv_flood"), local_port=port, severity="critical",
                             netns=net4.server.inode, limit=64 if cookies else 48,
                             count=lambda n: n >= 40)
        assert "pending handshakes" in alert["text"]
        own.alert("syn_recv_flood", "clear", timeout=40)
    listener.close()


def test_finished_handshakes_raise_no_alert(net4):
    listener = listen(net4, backlog=128)
    with watching(net4.server) as own:
        for _ in range(10):
            clients = [client_socket(net4) for _ in range(60)]
            for sock in clients:
                sock.connect(listener.getsockname()[:2])
            for sock in clients:
                listener.accept()[0].close()
                sock.close()
            time.sleep(0.1)
        own.expect_quiet()
    listener.close()
