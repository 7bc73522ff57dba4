# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Filters: who passes, who does not, and that the kernel turns away what it can.

One load in two namespaces, with a known set of connections; a run for each filter says exactly
those that it should. Each run keeps a recording: it is what reached the ring.
"""
import os
import pathlib
import socket

import pytest

from lib import netns
from lib.agent import Agent
from lib.command import Run, expect_valid, tcpfate
from lib.tcpfate import check_counters

CGROUPS = next((pathlib.Path(place) for place in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
                if os.path.exists(place + "/cgroup.procs")), None)
SERVER = ("import socket\n"
          "def serve(family, ip, port):\n"
          "    s = socket.socket(family); s.setsockopt(1, 2, 1)\n"
          "    if family == 10: s.setsockopt(41, 26, 1)\n"
          "    s.bind((ip, port)); s.listen(16); return s\n"
          "def answer_one(l, answer):\n"
          "    c, _ = l.accept(); c.recv(9); c.sendall(answer); c.recv(9); c.close()\n")
CLIENT = ("import socket, struct\n"
          "def ask(family, ip, port, own, rude):\n"
          "    s = socket.socket(family); s.setsockopt(1, 2, 1); s.bind((ip, own))\n"
          "    s.connect((ip, port)); s.sendall(b'?'); s.recv(9)\n"
          "    if rude: s.setsockopt(1, 13, struct.pack('ii', 1, 0))\n"
          "    s.close()\n"
          "def knock(family, ip, port, own):\n"
          "    s = socket.socket(family); s.setsockopt(1, 2, 1); s.bind((ip, own))\n"
          "    s.connect_ex((ip, port)); s.close()\n")
IP = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
FIRST_OWN = 20000


class World:
    """Two namespaces; in each a server process and a client process of its own name."""

    def __init__(self):
        self.spaces = [netns.Netns("fa"), netns.Netns("fb")]
        self.servers = [Agent(ns, comm=b"srv-%d" % i) for i, ns in enumerate(self.spaces)]
        self.clients = [Agent(ns, comm=b"cli-%d" % i) for i, ns in enumerate(self.spaces)]
        for server, client in zip(self.servers, self.clients):
            server.run(SERVER)
            client.run(CLIENT)

    def remove(self):
        for agent in self.servers + self.clients:
            agent.remove()
        for ns in self.spaces:
            ns.remove()

    def run(self):
        """In each namespace and family: two polite connections to port 8080, one to 8081 that ends
        with an RST, one to the closed port 8082. What the records should say, as a set of Ends."""
        for i in range(len(self.spaces)):
            for family, ip in IP.items():
                number = int(family)
                self.servers[i].run(f"a = serve({number}, {ip!r}, 8080)")
                self.servers[i].run(f"b = serve({number}, {ip!r}, 8081)")
                for port, name, own, rude in ((8080, "a", 0, False), (8080, "a", 1, False),
                                              (8081, "b", 2, True)):
                    self.servers[i].start(f"answer_one({name}, b'!')")
                    self.clients[i].run(f"ask({number}, {ip!r}, {port}, {FIRST_OWN + own}, {rude})")
                    self.servers[i].answer()
                self.clients[i].run(f"knock({number}, {ip!r}, 8082, {FIRST_OWN + 3})")
                self.servers[i].run("(a.close(), b.close())")


def expected(world):
    """(netns, family, local port, remote port) of every connection's every end: {key: (fate,
    pid)}."""
    ends = {}
    for ns, server, client in zip(world.spaces, world.servers, world.clients):
        for family in "ipv4", "ipv6":
            for own, port, ours, theirs in ((0, 8080, "closed_by_local", "closed_by_remote"),
                                            (1, 8080, "closed_by_local", "closed_by_remote"),
                                            (2, 8081, "aborted_linger", "reset_by_remote")):
                ends[ns.inode, family, FIRST_OWN + own, port] = (ours, client.pid)
                ends[ns.inode, family, port, FIRST_OWN + own] = (theirs, server.pid)
            ends[ns.inode, family, FIRST_OWN + 3, 8082] = ("connect_refused", client.pid)
    return ends


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.remove()


def key(record):
    return (record["netns"], record["family"], record["local_port"], record["remote_port"])


def watch(world, *options, decided_in_kernel=True):
    """Runs the load under a filter; the records. A filter that is applied on the output
    (owners that are known late, fates) makes and counts the record, and does not show it."""
    with Run("-j", "--handoff-grace", "50ms", *options) as run:
        world.run()
        said = run.end()
    assert (said.status, said.err) == (0, "")
    records = expect_valid(said.lines)
    if decided_in_kernel:
        check_counters(records)
    assert not [r for r in records if r["type"] == "gap"]
    return records


def in_world(world, records, kind="conn"):
    spaces = {ns.inode for ns in world.spaces}
    return [r for r in records if r["type"] == kind and r["netns"] in spaces]


def kernel_counters(records):
    return [r for r in records if r["type"] == "stats"][-1]["hooks"]


def assert_exactly(world, records, wanted):
    """The connections for which wanted(key, fate, pid) holds, and no other; all with their
    fates."""
    ends = expected(world)
    should = {k: fate for k, (fate, pid) in ends.items() if wanted(k, fate, pid)}
    assert should, "the test asks for nothing"
    found = {key(r): r["fate"] for r in in_world(world, records)}
    assert found == should
    assert len(in_world(world, records)) == len(should)
    assert all(r["complete"] for r in in_world(world, records))


def netns_args(world, *which):
    return [x for i in which for x in ("--netns", world.spaces[i].inode)]


# filter, and the ends that it keeps: (netns, family, local port, remote port), fate, pid
TUPLE_FILTERS = {
    "-L 8080": lambda k: k[2] == 8080,
    "-L 8081,8080": lambda k: k[2] in (8080, 8081),
    "-L 20001-20003": lambda k: 20001 <= k[2] <= 20003,
    "--local-port 20000,20002-20003": lambda k: k[2] in (20000, 20002, 20003),
    "-D 8081": lambda k: k[3] == 8081,
    "--remote-port 8081-8082": lambda k: k[3] in (8081, 8082),
    "-D 8080 -L 20001": lambda k: k[2:] == (20001, 8080),
    "-4": lambda k: k[1] == "ipv4",
    "-6": lambda k: k[1] == "ipv6",
    "--ipv6 -D 8082": lambda k: k[1] == "ipv6" and k[3] == 8082,
    "--host 127.0.0.0/8": lambda k: k[1] == "ipv4",
    "--host ::1": lambda k: k[1] == "ipv6",
    "--host 10.0.0.0/8,::/64": lambda k: k[1] == "ipv6",
    "--host 127.0.0.1 --host ::1/128": lambda k: True,
}


@pytest.mark.parametrize("text", TUPLE_FILTERS)
def test_addresses_and_ports_filter_in_the_kernel(world, tmp_path, text):
    """What does not pass is turned away in the kernel: it is not in the recording of the ring."""
    path = tmp_path / "r"
    records = watch(world, *netns_args(world, 0, 1), "--record", path, *text.split())
    assert_exactly(world, records, lambda k, fate, pid: TUPLE_FILTERS[text](k))
    if "::1/128" not in text:
        assert kernel_counters(records)["inet_sock_set_state"]["filtered"] > 0
    ring = tcpfate("replay", "-j", path).records()
    in_ring = {key(r) for r in in_world(world, ring)}
    assert in_ring == {key(r) for r in in_world(world, records)}


def test_a_namespace_filters_by_its_number(world):
    records = watch(world, *netns_args(world, 1))
    assert_exactly(world, records, lambda k, fate, pid: k[0] == world.spaces[1].inode)
    assert {r["netns"] for r in records
            if r["type"] in ("conn", "reset")} == {world.spaces[1].inode}


@pytest.mark.parametrize("form", ["name", "path", "pid"])
def test_a_namespace_filters_by_name_path_and_pid(world, form):
    ns, agent = world.spaces[0], world.clients[0]
    given = {"name": ns.name, "path": f"/proc/{agent.pid}/ns/net", "pid": str(agent.pid)}[form]
    records = watch(world, "--netns", given)
    assert_exactly(world, records, lambda k, fate, pid: k[0] == ns.inode)


def test_unwanted_namespace_never_reaches_the_ring(world):
    """In a namespace where nothing happens, all that happens elsewhere is filtered."""
    quiet = netns.Netns("quiet")
    try:
        records = watch(world, "--netns", quiet.inode)
    finally:
        quiet.remove()
    for name, hook in kernel_counters(records).items():
        assert hook["emitted"] == hook["lost"] == 0, (name, hook)
    hooks = kernel_counters(records)
    assert hooks["inet_sock_set_state"]["filtered"] >= 2 * 2 * (3 * 6 + 2)
    assert hooks["tcp_send_reset"]["filtered"] >= 8


def test_the_pid_of_a_client_filters(world):
    """Decided in the kernel: who connects, owns."""
    client = world.clients[0]
    records = watch(world, *netns_args(world, 0, 1), "-p", client.pid,
                    decided_in_kernel=False)
    assert_exactly(world, records, lambda k, fate, pid: pid == client.pid)
    assert kernel_counters(records)["inet_sock_set_state"]["filtered"] > 0


def test_the_pid_of_a_server_filters(world):
    server = world.servers[1]
    records = watch(world, *netns_args(world, 0, 1), "-p", server.pid,
                    decided_in_kernel=False)
    assert_exactly(world, records, lambda k, fate, pid: pid == server.pid)


def test_several_pids_filter(world):
    both = world.servers[0], world.clients[1]
    records = watch(world, *netns_args(world, 0, 1), "-p", ",".join(str(a.pid) for a in both),
                    decided_in_kernel=False)
    assert_exactly(world, records, lambda k, fate, pid: pid in {a.pid for a in both})


def test_a_comm_filters(world):
    records = watch(world, *netns_args(world, 0, 1), "--comm", "srv-0", "--comm", "cli-1",
                    decided_in_kernel=False)
    assert_exactly(world, records,
                   lambda k, fate, pid: pid in (world.servers[0].pid, world.clients[1].pid))


def test_a_comm_of_nobody_shows_nothing(world):
    records = watch(world, *netns_args(world, 0, 1), "--comm", "srv",
                    decided_in_kernel=False)
    assert not in_world(world, records)


@pytest.mark.parametrize("options, fates", [
    (["--fate", "connect_refused"], {"connect_refused"}),
    (["--fate", "aborted_linger,reset_by_remote"], {"aborted_linger", "reset_by_remote"}),
    (["--class", "clean"], {"closed_by_local", "closed_by_remote"}),
    (["--class", "reset,connect"], {"reset_by_remote", "connect_refused"}),
    (["--abnormal"], {"aborted_linger", "reset_by_remote", "connect_refused"}),
    (["--abnormal", "-4"], {"aborted_linger", "reset_by_remote", "connect_refused"}),
], ids=lambda o: " ".join(o) if isinstance(o, list) else "")
def test_fates_and_classes_filter_what_is_shown(world, options, fates):
    """On the output: whatever is not shown is still counted."""
    records = watch(world, *netns_args(world, 0, 1), *options, decided_in_kernel=False)
    assert_exactly(world, records, lambda k, fate, pid: fate in fates and
                   ("-4" not in options or k[1] == "ipv4"))
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert stats["ended"] == (14 if "-4" in options else 28)


@pytest.fixture
def cgroup():
    """A cgroup of the test's own, with a child; gone at the end."""
    if CGROUPS is None:
        pytest.skip("no cgroup v2 hierarchy is mounted")
    top = CGROUPS / f"tfe2e-{os.getpid()}"
    inner = top / "inner"
    inner.mkdir(parents=True)
    moved = []
    yield top, inner, moved
    for agent in moved:
        (CGROUPS / "cgroup.procs").write_text(str(agent.pid), encoding="ascii")
    inner.rmdir()
    top.rmdir()


@pytest.mark.parametrize("depth", [0, 1], ids=["itself", "below"])
@pytest.mark.parametrize("form", ["directory", "path"])
def test_a_cgroup_filters_with_what_is_below_it(world, cgroup, depth, form):
    """Sockets that were made in it or below it, and no others."""
    client = world.clients[0]
    top, inner = cgroup[:2]
    where = (top, inner)[depth]
    (where / "cgroup.procs").write_text(str(client.pid), encoding="ascii")
    cgroup[2].append(client)
    given = str(top) if form == "directory" else "/" + top.name
    records = watch(world, *netns_args(world, 0, 1), "--cgroup", given)
    assert_exactly(world, records, lambda k, fate, pid: pid == client.pid)
    assert {r["cgroup_id"] for r in in_world(world, records)} == {where.stat().st_ino}
    assert kernel_counters(records)["inet_sock_set_state"]["filtered"] > 0


def test_a_cgroup_of_others_shows_nothing(world, cgroup):
    records = watch(world, *netns_args(world, 0, 1), "--cgroup", str(cgroup[1]))
    assert not in_world(world, records)


# How long, how many.

def test_count_ends_the_run(world):
    """Ends by itself behind the Nth connection that it shows."""
    with Run("-j", *netns_args(world, 0), "--handoff-grace", "50ms", "--abnormal", "--count",
             "4") as run:
        world.run()
        said = run.end(number=None, timeout=10)
    records = expect_valid(said.lines)
    assert said.status == 0
    assert [r["type"] for r in records].count("conn") == 4
    assert records[-1]["reason"] == "count"


def test_duration_ends_the_run(world):
    said = tcpfate("-j", *netns_args(world, 0), "--duration", "300ms", timeout=10)
    records = expect_valid(said.lines)
    assert (said.status, records[-1]["reason"]) == (0, "duration")
    spent = instant(records[-1]["time"]) - instant(records[0]["time"])
    assert 0.29 < spent < 2


def instant(stamp):
    import datetime
    return datetime.datetime.fromisoformat(stamp[:26] + "+00:00").timestamp()


def test_the_end_of_the_duration_writes_what_was_held_back(world):
    """An orphan whose peer is still open waits for a late reset; the end of the run does not."""
    with Run("-j", *netns_args(world, 0), "--handoff-grace", "60s", "--duration", "1500ms") as run:
        world.run()
        said = run.end(number=None, timeout=10)
    records = expect_valid(said.lines)
    assert records[-1]["reason"] == "duration"
    assert_exactly(world, records, lambda k, fate, pid: k[0] == world.spaces[0].inode)
