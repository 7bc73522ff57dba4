# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Fixtures of the end-to-end tests: namespaces, processes, the raw peer, one running tcpfate."""
import contextlib
import os
import pathlib
import signal
import socket
import sys

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lib import agent, netns, raw, tcpfate  # noqa: E402

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}


# A shell starts what it puts in the background with SIGINT ignored, nohup does so with SIGHUP, and both
# would pass on to the programs under test, which honour it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs root: BPF programs and namespaces"))


REPEATED = []


def pytest_runtest_protocol(item, nextitem):
    """Some kernels do not call tracing programs in softirqs that interrupt certain tasks. tcpfate tells
    of the hole (complete: false), but what a test wanted to see is then unknown: a test that fails
    so is repeated, once, and the summary names it. (Not the last one: with it the session ends.)"""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    before = len(tcpfate.HOLES)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if nextitem and any(r.failed for r in reports) and len(tcpfate.HOLES) > before:
        REPEATED.append((item.nodeid, tcpfate.HOLES[before:]))
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter):
    for nodeid, holes in REPEATED:
        terminalreporter.write_line(
            f"REPEATED {nodeid}: the kernel did not report an event of "
            + ", ".join(f"{r['local_port']}-{r['remote_port']} ({r['fate']})" for r in holes))


@pytest.fixture(scope="session")
def watcher():
    """The one tcpfate that watches all tests of this run. What it lost or miscounted fails at the
    end; a test that provokes loss starts its own."""
    running = tcpfate.Tcpfate()
    yield running
    running.finish()


@pytest.fixture
def fate(watcher):
    """The watcher, with the records of earlier tests out of sight."""
    watcher.forget()
    return watcher


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


@pytest.fixture
def net(family):
    pair = netns.Pair(family)
    yield pair
    pair.remove()


@pytest.fixture
def net4():
    """For what is the same in both families, or exists in one only."""
    pair = netns.Pair(socket.AF_INET)
    yield pair
    pair.remove()


@pytest.fixture
def link(family):
    with contextlib.ExitStack() as undo:
        kernel = netns.Netns("k")
        undo.callback(kernel.remove)
        outer = netns.Netns("o")
        undo.callback(outer.remove)
        made = raw.RawLink(family, kernel, outer)
        undo.callback(made.peer.close)
        yield made


@pytest.fixture
def spawn():
    """spawn(netns, comm=..., uid=...): an agent, gone when the test is."""
    with contextlib.ExitStack() as undo:
        def start(*args, **kwargs):
            made = agent.Agent(*args, **kwargs)
            undo.callback(made.remove)
            return made
        yield start
