# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The limit of orphans, which the whole host shares."""
import contextlib
import fcntl
import pathlib

MAX_ORPHANS = pathlib.Path("/proc/sys/net/ipv4/tcp_max_orphans")


@contextlib.contextmanager
def forbidden():
    """Sets tcp_max_orphans to 0, for the moment of a call or two. One run of the tests at a time:
    another would take the 0 for the value to be restored."""
    with open("/run/lock/tfe2e-max-orphans", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = MAX_ORPHANS.read_text(encoding="ascii")
        MAX_ORPHANS.write_text("0", encoding="ascii")
        try:
            yield
        finally:
            MAX_ORPHANS.write_text(before, encoding="ascii")
