# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A server with the commonest bug of servers: it reads the end of its client's data, and never
closes.

Usage: forgetful.py IP PORT. Answers each request with one line. Exits on SIGTERM.
"""
import os
import signal
import socket
import sys

FAMILY = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
forgotten = []


def serve(listener):
    while True:
        client, _ = listener.accept()
        while client.recv(4096):
            client.sendall(b"served\n")
        forgotten.append(client)


def main():
    # Without the interpreter's clean-up, which would close after all.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    listener = socket.socket(FAMILY)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((sys.argv[1], int(sys.argv[2])))
    listener.listen(16)
    serve(listener)


main()
