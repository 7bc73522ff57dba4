# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Plain sockets for the scenarios: connected pairs, options, and what a call said."""
import contextlib
import ctypes
import errno
import socket
import struct
import time

# Seconds until a wait has failed. Other tests run at the same time: what takes milliseconds alone
# may take seconds, and a slow handshake makes every later timeout of its connection longer.
PATIENCE = 30.0

TCP_INFO_STATE = {number: name for number, name in enumerate(
    "NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK "
    "LISTEN CLOSING NEW_SYN_RECV".split())}
IPPROTO_MPTCP = 262
TCP_USER_TIMEOUT = 18
TCP_FASTOPEN_CONNECT = 30
_libc = ctypes.CDLL(None, use_errno=True)


def outcome(call, *args):
    """The name of the errno that @call got, None when it succeeded."""
    try:
        call(*args)
    except OSError as error:
        if isinstance(error, TimeoutError) and error.errno is None:
            raise
        return errno.errorcode[error.errno]
    return None


def linger(sock, seconds=0):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))


def keepalive(sock, idle=1, interval=1, count=1):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)


def disconnect(sock):
    """connect() to AF_UNSPEC, which Python's own connect() cannot say."""
    if _libc.connect(sock.fileno(), struct.pack("H14x", socket.AF_UNSPEC), 16):
        raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")


def state(sock):
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return TCP_INFO_STATE[info[0]]


def unacked(sock):
    """Bytes that the peer has not acknowledged yet (SIOCOUTQ)."""
    import fcntl
    return struct.unpack("i", fcntl.ioctl(sock.fileno(), 0x5411, b"\0\0\0\0"))[0]


def until(true, what, timeout=PATIENCE, every=0.002):
    """Waits for a condition; @what names it in the failure."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, f"waited {timeout} s in vain for: {what}"
        time.sleep(every)


def until_state(sock, name, timeout=PATIENCE):
    until(lambda: state(sock) == name, f"state {name}, now {state(sock)}", timeout)


def ports(sock):
    """(local port, remote port) of a connected socket."""
    return sock.getsockname()[1], sock.getpeername()[1]


class Connection:
    """A connected client and its accepted server socket.

    The ports are remembered, so that the records can be asked for when the sockets are gone.
    """

    def __init__(self, net, client, server, listener):
        self.net, self.client, self.server, self.listener = net, client, server, listener
        self.cport, self.sport = ports(client)

    def ends(self):
        """Keyword arguments for Tcpfate.conn(): the client's view, the server's view."""
        return (dict(netns=self.net.client.inode, lport=self.cport, rport=self.sport),
                dict(netns=self.net.server.inode, lport=self.sport, rport=self.cport))

    def close(self):
        for sock in (self.client, self.server, self.listener):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()


def listen(net, backlog=8, ip=None, port=0, options=()):
    sock = net.server.socket(net.family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in options:
        sock.setsockopt(*option)
    sock.bind((ip or net.server_ip, port))
    sock.listen(backlog)
    sock.settimeout(10)
    return sock


def client_socket(net, timeout=10, bind=None):
    sock = net.client.socket(net.family)
    sock.settimeout(timeout)
    if bind is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((net.client_ip, bind))
    return sock


def blocking_client(net):
    """A client whose calls end only when the kernel ends them."""
    return client_socket(net, timeout=None)


def connected(net, accept=True, client_first=None, **listen_args):
    """A fresh connection over the pair; accept=False leaves it in the accept queue."""
    listener = listen(net, **listen_args)
    client = client_socket(net)
    if client_first:
        client_first(client)
    client.connect(listener.getsockname()[:2])
    server = None
    if accept:
        server, _ = listener.accept()
        server.settimeout(10)
    else:
        until(lambda: queued(listener) >= 1, "the connection in the accept queue")
    return Connection(net, client, server, listener)


def queued(listener):
    """Connections that wait for accept(): tcpi_unacked of a listener."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from("I", info, 24)[0]


def flood(net, count=400):
    """Refused connects: more events than a ring of the least size takes."""
    sock = net.client.socket(net.family)
    for _ in range(count):
        assert outcome(sock.connect, (net.server_ip, 9)) == "ECONNREFUSED"
    sock.close()
