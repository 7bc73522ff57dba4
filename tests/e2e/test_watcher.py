# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The tcpfate that watched all other tests. conftest.py moves this to the end."""


def test_the_watcher_lost_nothing(watcher, request):
    """Over the whole run: nothing lost, counters that reconcile, one record for each connection."""
    watcher.finish(blind=request.config.blindspot.ever())
