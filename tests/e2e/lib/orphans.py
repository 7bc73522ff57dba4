# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The limit of orphans, which the whole host shares and only its first network namespace shows."""
import contextlib
import fcntl
import os
import time

from lib import netns

MAX_ORPHANS = "/proc/sys/net/ipv4/tcp_max_orphans"


def _open():
    if os.path.exists(MAX_ORPHANS):
        return open(MAX_ORPHANS, "r+", encoding="ascii")
    with netns.of_process(1):
        return open(MAX_ORPHANS, "r+", encoding="ascii")


def why_not():
    """Why the limit cannot be set here; None: it can."""
    try:
        _open().close()
    except OSError as error:
        return f"{MAX_ORPHANS}: {error.strerror}"
    return None


@contextlib.contextmanager
def forbidden():
    """Sets tcp_max_orphans to 0, for the moment of a call or two. One run of the tests at a time:
    another would take the 0 for the value to be restored."""
    def write(text):
        limit.seek(0)
        limit.write(text)
        limit.flush()

    with open("/run/lock/tfe2e-max-orphans", "w", encoding="ascii") as lock, _open() as limit:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = limit.read()
        write("0")
        try:
            yield
        finally:
            write(before)


def let_the_kernel_count():
    """It counts orphans every 100 ms, by a timer that an idle CPU puts off: no CPU is idle so
    long."""
    allowed = os.sched_getaffinity(0)
    try:
        for cpu in allowed:
            os.sched_setaffinity(0, {cpu})
            end = time.monotonic() + 0.12
            while time.monotonic() < end:
                pass
    finally:
        os.sched_setaffinity(0, allowed)
