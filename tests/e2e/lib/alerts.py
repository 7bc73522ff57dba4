# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A tcpfate that follows the namespaces of one test, with alert limits that a test can reach."""
import contextlib
import os
import re
import socket
import time

from lib import tcpfate

TABLE = os.path.join(os.path.dirname(__file__), "../../../user/core/alert/alerts.def")
with open(TABLE, encoding="ascii") as table:
    ALERTS = re.findall(r'^TF_ALERT\(\w+, "(\w+)"', table.read(), re.MULTILINE)
# As tight as the tests of the causes set them: what must not be an alert is held against these.
TIGHT = {
    "close_wait_pileup": "count=10,age=1s", "syn_recv_flood": "count=20,age=1s",
    "accept_queue_full": "age=1s", "syn_sent_pileup": "count=10,age=1s",
    "fin_wait1_pileup": "count=10,age=1s", "fin_wait2_stuck": "count=10,age=1s",
    "last_ack_pileup": "count=10,age=1s", "time_wait_exhaustion": "percent=80",
    "ghost_established": "count=4,age=1s", "reset_storm": "rate=300,age=1s",
    "refused_storm": "rate=300,age=1s", "reconnect_flap": "rate=15,age=1s",
}


class Watch(tcpfate.Tcpfate):
    """Follows @spaces; @alerts (None: all) have the limits of TIGHT, or those that @limits gives
    them by name; the others are off."""

    def __init__(self, *spaces, alerts=None, limits=None, options=(), scan="200ms"):
        wanted = ALERTS if alerts is None else alerts
        given = {**TIGHT, **(limits or {})}
        limits = [f"{name}:{given[name] if name in wanted else 'off'}" for name in ALERTS
                  if name not in wanted or name in given]
        super().__init__(*(word for ns in spaces for word in ("--netns", str(ns.inode))),
                         *(word for limit in limits for word in ("--alert", limit)),
                         "--scan-interval", scan, "--stats-interval", "100ms", *options,
                         grace_ms=50)

    def scans(self, count=2, timeout=30.0):
        """Waits until @count scans have begun and ended from now on: each finds a descriptor of
        ours, which is counted, and `stats` follow it."""
        def ended():
            return len({r["hooks"]["iter/task_file"]["seen"] for r in self.records
                        if r["type"] == "stats"})

        with socket.socket():
            before = ended()
            self._wait(lambda: ended() > before + count, f"{count} scans", timeout)

    def expect_quiet(self):
        """The present state lasts for longer than any limit of TIGHT and is scanned: no alert."""
        time.sleep(1.2)
        self.scans(2)
        assert self.alerts() == []

    def alert(self, name, event="raise", timeout=20.0, **fields):
        """The first `alert` record of that name and event whose fields are as given."""
        def matches(record):
            return (record["type"] == "alert" and record["alert"] == name
                    and record["event"] == event
                    and all(record[key] == value for key, value in fields.items()))
        return self.wait(matches, f"alert {name} {event} {fields}", timeout)

    def alerts(self):
        return [r for r in self.seen() if r["type"] == "alert"]


@contextlib.contextmanager
def watching(*spaces, **kwargs):
    """A Watch that must end well: nothing lost, counters that reconcile."""
    with Watch(*spaces, **kwargs) as own:
        yield own
        own.finish(lossless=False)


def between(least, most):
    """How many a first alert may count: it is raised when enough of a crowd are old enough."""
    return lambda n: n is not None and least <= n <= most


def expect_alert(record, **fields):
    """What every alert has, and @fields."""
    from lib.records import expect
    expect(record, **{**dict(meaning=bool, remedy=bool, text=bool, since=bool), **fields})
    assert str(record["count"]) in record["text"], record["text"]
    if record["comm"]:
        assert record["comm"] in record["text"], record["text"]
    return record
