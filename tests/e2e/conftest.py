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

from lib import agent, blindspot, netns, raw, tcpfate  # noqa: E402

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}


# A shell starts what it puts in the background with SIGINT ignored, nohup does so with SIGHUP, and
# both would pass on to the programs under test, which honour it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "alone: needs the machine for itself (load at full speed, CPU time, what the whole "
        "host shares); it runs when no other test does")


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs root: BPF programs and namespaces"))


# What the closing summary says of all processes that run tests: xdist's workers send theirs.
REPEATED = []
UNSEEN = []


def is_controller(config):
    """Whether this process only gives the tests to xdist's workers."""
    return not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", None))


def pytest_sessionstart(session):
    runs_tests = os.geteuid() == 0 and not is_controller(session.config)
    session.config.blindspot = blindspot.BlindSpot() if runs_tests else None


def pytest_sessionfinish(session):
    config = session.config
    if config.blindspot:
        UNSEEN.extend(config.blindspot.ever())
        config.blindspot.remove()
    if hasattr(config, "workeroutput"):
        config.workeroutput["unseen"], config.workeroutput["repeated"] = UNSEEN, REPEATED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    said = getattr(node, "workeroutput", {})  # a worker that crashed has said nothing
    UNSEEN.extend(said.get("unseen", ()))
    REPEATED.extend(said.get("repeated", ()))


def pytest_runtest_protocol(item, nextitem):
    """A test that fails while ftrace has seen events in the kernel's blind spot (see there) is
    repeated, once, and the summary names it. (Not the last one: with it the session ends, and the
    watcher.)"""
    blind = item.config.blindspot
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    if blind:
        blind.mark()
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if nextitem and blind and any(r.failed for r in reports) and blind.since_mark():
        REPEATED.append((item.nodeid, blind.since_mark()))
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter):
    if UNSEEN:
        terminalreporter.write_line(f"{len(UNSEEN)} events of sockets, of this host or the tests, "
                                    "happened where the kernel calls no BPF program")
    for nodeid, lines in REPEATED:
        terminalreporter.write_line(
            f"REPEATED {nodeid}: the kernel called no BPF program for", yellow=True)
        for line in lines[:4]:
            terminalreporter.write_line("    " + line)


@pytest.fixture(scope="session")
def watcher(request):
    """The one tcpfate that watches all tests of this process. What it lost or miscounted is an
    error of the last test (`the watcher of all tests`); a test that provokes loss starts its
    own."""
    running = tcpfate.Tcpfate("--scan-interval", "0", shared=True)
    yield running
    try:
        running.finish(blind=request.config.blindspot.ever())
    except AssertionError as error:
        pytest.fail(f"the watcher of all tests: {error}", pytrace=False)


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
