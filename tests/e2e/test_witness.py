# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The kernel's own counters as an independent witness.

Some thousand connections end in every way that one namespace can show, over IPv4 and IPv6. Then
each SNMP counter that follows from the records must have moved by exactly that much.
"""
import json

import pytest

from lib import witness
from lib.command import Run, expect_valid
from lib.tcpfate import check_counters, check_identities

pytestmark = pytest.mark.alone  # sets the limit of orphans of the whole host


@pytest.fixture
def ns():
    made = witness.place()
    yield made
    made.remove()


def test_the_kernels_counters_agree_with_the_records(ns):
    with Run("-j", "--netns", ns.inode) as watcher:
        before = witness.counters(ns)
        witness.run(ns)
        after = witness.counters(ns)
        said = watcher.end()
    assert (said.status, said.err) == (0, "")
    everything = expect_valid(said.lines)
    check_counters(everything)
    check_identities(everything)
    assert not [r for r in everything if r["type"] == "gap"]
    moved = {name: after[name] - before[name] for name in after}
    account = witness.Account()
    for record in everything:
        account.take(record)
    assert not account.differences(moved), "\n".join(account.differences(moved))
    assert after["CurrEstab"] == 0
    assert moved["ActiveOpens"] > 3000
    assert all(account.fates[fate] for fate in witness.expected_fates()), \
        json.dumps(account.fates, indent=1)
    assert not account.incomplete
    stats = [r for r in everything if r["type"] == "stats"][-1]
    assert stats["hooks"]["tcp_send_reset"]["emitted"] == moved["OutRsts"]
    assert stats["live"] == 0
