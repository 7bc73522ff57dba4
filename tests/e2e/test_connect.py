# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Connects that came to nothing: who said no, or that nobody answered."""
import errno
import select
import socket

import pytest

from lib.records import expect
from lib.sockets import (TCP_USER_TIMEOUT, blocking_client, client_socket, connected, disconnect,
                         listen, outcome, ports, until_state)

NEVER = dict(established=False, states=["SYN_SENT"], end_state="SYN_SENT", role="client",
             handshake_us=None, fin_sent=False, fin_received=False, rst_sent=False, bytes_sent=0,
             bytes_received=0, complete=True)


def closed_port(net):
    """A port of the server on which nobody listens."""
    with listen(net) as probe:
        return probe.getsockname()[1]


def unanswered(net, sock):
    """Starts a connect() that nobody answers; returns its ends."""
    net.blackhole()
    sock.setblocking(False)
    port = 7
    assert sock.connect_ex((net.server_ip, port)) == errno.EINPROGRESS
    return dict(netns=net.client.inode, lport=sock.getsockname()[1], rport=port)


def test_a_refused_connect_is_connect_refused(fate, net):
    port = closed_port(net)
    sock = blocking_client(net)
    error = outcome(sock.connect, (net.server_ip, port))
    assert error == "ECONNREFUSED"
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=port), fate="connect_refused", errno=error,
           errno_delivered=True, rst_received=True, closed_first=None, family=net.family_name,
           **{"class": "connect"}, **NEVER)
    expect(fate.reset(kind="refused_inbound", netns=net.server.inode, lport=port), id=None,
           local_addr=net.server_ip, remote_addr=net.client_ip, family=net.family_name)


def test_a_refusal_that_nobody_reads_is_connect_refused(fate, net):
    """Closed without reading SO_ERROR: the record has the errno, no application got it."""
    port = closed_port(net)
    sock = client_socket(net)
    sock.setblocking(False)
    sock.connect_ex((net.server_ip, port))
    until_state(sock, "CLOSE")
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=port), fate="connect_refused",
           errno="ECONNREFUSED", errno_delivered=False, **NEVER)


def test_a_connect_after_a_refusal_is_a_new_connection(fate, net):
    """One socket, one cookie, two connections: two records with their own fates and ids."""
    refused = closed_port(net)
    listener = listen(net)
    sock = blocking_client(net)
    assert outcome(sock.connect, (net.server_ip, refused)) == "ECONNREFUSED"
    sock.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    lport, rport = ports(sock)
    sock.close()
    server.recv(1)
    server.close()
    one = expect(fate.conn(netns=net.client.inode, rport=refused), fate="connect_refused",
                 errno="ECONNREFUSED")
    two = expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport),
                 fate="closed_by_local", errno=None, bytes_sent=0,
                 states=["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])
    assert one["id"] != two["id"]


def test_an_unanswered_connect_is_connect_timeout(fate, net):
    sock = blocking_client(net)
    net.blackhole()
    error = outcome(sock.connect, (net.server_ip, 7))
    assert error == "ETIMEDOUT"
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_timeout", errno=error,
           errno_delivered=True, rst_received=False, closed_first=None,
           retransmits=lambda n: n >= 1, duration_us=lambda us: 900_000 < us < 8_000_000, **NEVER)


def test_an_unanswered_connect_with_user_timeout_is_connect_timeout(fate, net):
    """TCP_USER_TIMEOUT cuts the SYN's retries short; what failed is still the connect."""
    sock = blocking_client(net)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 500)
    net.blackhole()
    error = outcome(sock.connect, (net.server_ip, 7))
    assert error == "ETIMEDOUT"
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_timeout", errno=error,
           closed_first=None, **NEVER)


@pytest.mark.parametrize("icmp, v4, v6", [
    ("host-unreachable", "EHOSTUNREACH", "EHOSTUNREACH"),
    ("no-route", "ENETUNREACH", "ENETUNREACH"),
    ("admin-prohibited", "EHOSTUNREACH", "EACCES"),
    ("port-unreachable", "ECONNREFUSED", "ECONNREFUSED"),
])
def test_an_icmp_error_is_connect_unreachable(fate, net, icmp, v4, v6):
    """An ICMP error ended it: no RST came, not even where the errno says refused."""
    sock = blocking_client(net)
    net.reject(f"icmpx type {icmp}")
    error = outcome(sock.connect, (net.server_ip, 7))
    assert error == (v6 if net.v6 else v4)
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_unreachable", errno=error,
           rst_received=False, closed_first=None, **NEVER)


def test_an_icmp_error_read_from_so_error_is_connect_unreachable(fate, net):
    """A non-blocking connect() holds the socket while the ICMP error comes: SO_ERROR has it."""
    sock = blocking_client(net)
    sock.setblocking(False)
    net.reject("icmpx type port-unreachable")
    assert sock.connect_ex((net.server_ip, 7)) == errno.EINPROGRESS
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    assert poll.poll(5000)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_unreachable",
           errno="ECONNREFUSED", errno_delivered=True, rst_received=False, closed_first=None,
           **NEVER)


def test_a_reject_by_the_own_firewall_is_connect_unreachable(fate, net):
    """The client's own host rejects what it sends."""
    sock = blocking_client(net)
    net.client.nft("output", "meta l4proto tcp reject with icmpx type host-unreachable")
    error = outcome(sock.connect, (net.server_ip, 7))
    assert error == "EHOSTUNREACH"
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_unreachable", errno=error,
           rst_received=False, **NEVER)


def test_a_firewalls_reset_is_connect_refused(fate, net):
    """reject with tcp reset is an RST like any other."""
    sock = blocking_client(net)
    net.reject("tcp reset")
    error = outcome(sock.connect, (net.server_ip, 7))
    assert error == "ECONNREFUSED"
    sock.close()
    expect(fate.conn(netns=net.client.inode, rport=7), fate="connect_refused", errno=error,
           rst_received=True, **NEVER)


def test_a_connect_without_a_local_port_is_connect_failed_local(fate, net):
    net.client.sysctl({"net.ipv4.ip_local_port_range": "40000 40001"})
    listener = listen(net)
    where = listener.getsockname()[:2]
    held = []
    for _ in range(2):
        held.append(blocking_client(net))
        held[-1].connect(where)
    late = blocking_client(net)
    error = outcome(late.connect, where)
    assert error == "EADDRNOTAVAIL"
    late.close()
    expect(fate.conn(netns=net.client.inode, rport=where[1]), fate="connect_failed_local",
           errno=error, local_port=None, rst_received=False, closed_first=None, **NEVER)


@pytest.mark.parametrize("how, give_up", [
    ("close", lambda sock: sock.close()),
    (None, lambda sock: sock.shutdown(socket.SHUT_RDWR)),
    (None, disconnect),
], ids=["close", "shutdown", "af_unspec"])
def test_a_connect_that_is_given_up_is_connect_abandoned(fate, net, how, give_up):
    """shutdown() in SYN_SENT leaves the same bits as AF_UNSPEC: inet_shutdown() just
    disconnects."""
    sock = client_socket(net)
    ends = unanswered(net, sock)
    give_up(sock)
    record = fate.conn(**ends)
    sock.close()
    expect(record, fate="connect_abandoned", errno=None, closed_first="local", close_how=how,
           rst_received=False, **NEVER)


@pytest.mark.parametrize("how, die", [
    ("exit", lambda agent: agent.end("os._exit(0)")),
    ("signal:9", lambda agent: agent.kill()),
    ("signal:15", lambda agent: agent.kill(15)),
], ids=["exit", "sigkill", "sigterm"])
def test_a_connect_of_a_killed_process_is_connect_abandoned(fate, net, spawn, how, die):
    agent = spawn(net.client)
    net.blackhole()
    agent.run(f"s = socket.socket({int(net.family)}); s.setblocking(False)")
    assert agent.attempt(f"s.connect(({net.server_ip!r}, 7))") == "EINPROGRESS"
    lport = agent.run("s.getsockname()[1]")
    die(agent)
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=7), fate="connect_abandoned",
           close_how=how, closed_first="local", errno=None, pid=agent.pid, comm="e2e-agent",
           owner_from="connect", **NEVER)


def test_a_full_accept_queue_is_connect_timeout(fate, net):
    """The listener drops the SYN and says nothing: to the client that is a timeout."""
    conn = connected(net, accept=False, backlog=0)
    sock = blocking_client(net)
    error = outcome(sock.connect, conn.listener.getsockname()[:2])
    assert error == "ETIMEDOUT"
    sock.close()
    record = fate.wait(lambda r: r["type"] == "conn" and r["netns"] == net.client.inode,
                       "the failed connect")
    expect(record, fate="connect_timeout", errno=error, rst_received=False, **NEVER)
    conn.close()
