# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The cgroup of a connection by name, and the container and unit in that name.

Cgroups of the tests' own, called as the runtimes call theirs, stand for containers: to the kernel,
and to tcpfate, there is no difference.
"""
import contextlib
import os
import pathlib

import pytest

from lib.command import Run, expect_valid, tcpfate
from lib.records import expect
from lib.sockets import client_socket, listen

ID = "3f4e7c1a9b2d5e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef"
OTHER = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
POD = "pod5c3f1f6e_8f0e_4a55_9d3b_0a1b2c3d4e5f"


def mounted(kind, option=None):
    """Where the hierarchy is mounted, or None."""
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            _, place, fs, options, *_ = line.split()
            if fs == kind and (option is None or option in options.split(",")):
                return pathlib.Path(place)
    return None


V2 = mounted("cgroup2")
V1 = mounted("cgroup", "name=systemd") or mounted("cgroup", "memory")


class Tree:
    """A cgroup of the test's own in one hierarchy, and those below it; `path` is what /proc calls
    it."""

    def __init__(self, root):
        self.root, self.path = root, f"/tfe2e-{os.getpid()}"
        self._made = []
        self.add("")

    def add(self, below):
        """Makes a cgroup and all that it is in."""
        place = self.root / (self.path + "/" + below).strip("/")
        for part in [*reversed(place.parents), place]:
            if self.root in part.parents and not part.exists():
                part.mkdir()
                self._made.append(part)
        return place

    def leave(self, pid):
        with contextlib.suppress(OSError):
            (self.root / "cgroup.procs").write_text(str(pid), encoding="ascii")

    def remove(self, agents):
        for agent in agents:
            self.leave(agent.pid)
        for place in reversed(self._made):
            with contextlib.suppress(FileNotFoundError):
                place.rmdir()


@pytest.fixture
def tree(spawn):
    if V2 is None:
        pytest.skip("no cgroup v2 hierarchy is mounted")
    made, agents = Tree(V2), []
    made.agents = agents
    yield made
    made.remove(agents)


def agent_in(tree, spawn, netns, place):
    agent = spawn(netns)
    tree.agents.append(agent)
    (place / "cgroup.procs").write_text(str(agent.pid), encoding="ascii")
    return agent


def connect(agent, net, listener):
    """The agent connects; its local port, and the accepted socket."""
    port = listener.getsockname()[1]
    agent.run(f"s = socket.socket(); s.connect(({net.server_ip!r}, {port}))")
    server, _ = listener.accept()
    return agent.run("s.getsockname()[1]"), server


def once(agent, net, fate):
    """One connection of the agent's; the client's record."""
    listener = listen(net)
    lport, server = connect(agent, net, listener)
    agent.run("s.close()")
    server.close()
    listener.close()
    return fate.conn(netns=net.client.inode, lport=lport)


@pytest.mark.parametrize("below, container, unit", [
    (f"system.slice/docker-{ID}.scope", f"docker:{ID}", None),
    (f"docker/{ID}/system.slice/nginx.service", f"docker:{ID}", "nginx.service"),
    (f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{POD}.slice/"
     f"cri-containerd-{ID}.scope", f"containerd:{ID}", None),
    (f"kubepods/besteffort/{POD}/{ID}", f"containerd:{ID}", None),
    (f"kubepods.slice/kubepods-{POD}.slice/crio-{ID}.scope/container", f"cri-o:{ID}", None),
    (f"user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
     f"podman:{ID}", "user@1000.service"),
    ("lxc.payload.web/init.scope", "lxc:web", "init.scope"),
    (r"machine.slice/machine-web\x2d1.scope", "nspawn:web-1", None),
    ("system.slice/nginx.service", None, "nginx.service"),
    ("plain", None, None),
], ids=["docker", "docker-systemd", "containerd", "cgroupfs", "cri-o", "podman", "lxc", "nspawn",
        "unit", "plain"])
def test_a_cgroup_names_its_container_and_unit(fate, net4, spawn, tree, below, container, unit):
    place = tree.add(below)
    agent = agent_in(tree, spawn, net4.client, place)
    expect(once(agent, net4, fate), cgroup_id=place.stat().st_ino, cgroup=f"{tree.path}/{below}",
           container=container, unit=unit)


def test_an_accepted_connection_is_in_the_listeners_cgroup(fate, net4, spawn, tree):
    place = tree.add(f"system.slice/docker-{ID}.scope")
    agent = agent_in(tree, spawn, net4.server, place)
    agent.run(f"l = socket.socket(); l.bind(({net4.server_ip!r}, 0)); l.listen(8)")
    port = agent.run("l.getsockname()[1]")
    client = client_socket(net4)
    client.connect((net4.server_ip, port))
    agent.run("s, _ = l.accept()")
    client.close()
    agent.run("s.recv(1); s.close()")
    record = fate.conn(netns=net4.server.inode, lport=port)
    expect(record, container=f"docker:{ID}", cgroup_id=place.stat().st_ino)


def outlived(tree, spawn, net, run):
    """A connection whose cgroup is removed once tcpfate has seen it. Ends the run; its records."""
    place = tree.add(f"system.slice/docker-{ID}.scope")
    agent = agent_in(tree, spawn, net.client, place)
    listener = listen(net)
    number = place.stat().st_ino
    with run:
        _, server = connect(agent, net, listener)
        run.wait(b'"new_state":"ESTABLISHED"')
        tree.leave(agent.pid)
        place.rmdir()
        agent.run("s.close()")
        server.close()
        run.wait(b'"type":"conn"')
        said = run.end()
    listener.close()
    conn, = [r for r in expect_valid(said.lines) if r["type"] == "conn"]
    expect(conn, container=f"docker:{ID}", cgroup_id=number,
           cgroup=f"{tree.path}/system.slice/docker-{ID}.scope")
    return said


def test_a_cgroup_that_is_gone_keeps_its_name(net4, spawn, tree):
    outlived(tree, spawn, net4, Run("-j", "--states", "--netns", net4.client.inode))


def test_two_lives_of_one_name_are_two_cgroups(fate, net4, spawn, tree):
    """A unit that is started again has another cgroup number, and its name is searched for
    again."""
    seen = set()
    for _ in range(2):
        place = tree.add("system.slice/nginx.service")
        agent = agent_in(tree, spawn, net4.client, place)
        record = once(agent, net4, fate)
        expect(record, unit="nginx.service", cgroup_id=place.stat().st_ino)
        seen.add(record["cgroup_id"])
        tree.leave(agent.pid)
        place.rmdir()
    assert len(seen) == 2


def test_a_hostile_cgroup_name_stays_valid_json(fate, net4, spawn, tree):
    """Valid JSON, whatever a cgroup is called (the watcher checks each line)."""
    below = "a\"\\\033[2J\u202e'.service"
    agent = agent_in(tree, spawn, net4.client, tree.add(below))
    expect(once(agent, net4, fate), cgroup=f"{tree.path}/{below}", unit=below, container=None)


@pytest.fixture
def tree1():
    if V1 is None:
        pytest.skip("no cgroup v1 hierarchy is mounted")
    made = Tree(V1)
    made.agents = []
    yield made
    made.remove(made.agents)


def test_a_container_of_version_1_is_named_by_its_processes(fate, net4, spawn, tree1):
    """In the root of version 2, as where containers are made in version 1 alone."""
    agent = agent_in(tree1, spawn, net4.client, tree1.add(f"docker/{ID}"))
    expect(once(agent, net4, fate), container=f"docker:{ID}", cgroup=f"{tree1.path}/docker/{ID}",
           pid=agent.pid)


def test_a_container_of_version_1_beats_the_unit_of_version_2(fate, net4, spawn, tree, tree1):
    """What names the container counts: version 2 has but the daemon's unit here."""
    agent = agent_in(tree1, spawn, net4.client, tree1.add(f"docker/{ID}"))
    unit = tree.add("system.slice/docker.service")
    tree.agents.append(agent)
    (unit / "cgroup.procs").write_text(str(agent.pid), encoding="ascii")
    expect(once(agent, net4, fate), container=f"docker:{ID}", cgroup_id=unit.stat().st_ino,
           cgroup=f"{tree1.path}/docker/{ID}")
    # and the reverse
    agent = agent_in(tree1, spawn, net4.client, tree1.add("plain"))
    scope = tree.add(f"docker-{OTHER}.scope")
    tree.agents.append(agent)
    (scope / "cgroup.procs").write_text(str(agent.pid), encoding="ascii")
    expect(once(agent, net4, fate), container=f"docker:{OTHER}")


def test_a_cgroup_is_found_without_the_right_to_open_by_handle(net4, spawn, tree):
    """Root without CAP_DAC_READ_SEARCH: the tree is searched for the number."""
    place = tree.add(f"system.slice/docker-{ID}.scope")
    agent = agent_in(tree, spawn, net4.client, place)
    listener = listen(net4)
    with Run("-j", "--netns", net4.client.inode,
             via=["setpriv", "--bounding-set=-dac_read_search", "--"]) as run:
        _, server = connect(agent, net4, listener)
        agent.run("s.close()")
        server.close()
        run.wait(b'"type":"conn"')
        records = expect_valid(run.end().lines)
    listener.close()
    conn, = [r for r in records if r["type"] == "conn"]
    expect(conn, container=f"docker:{ID}", cgroup=f"{tree.path}/system.slice/docker-{ID}.scope")


def test_a_replay_knows_the_names_of_cgroups(net4, spawn, tree, tmp_path):
    """The cgroup is long gone, and whoever replays may be anybody, anywhere."""
    for place in (tmp_path, *tmp_path.parents):
        if str(place).startswith("/tmp/") and place.stat().st_uid == os.getuid():
            place.chmod(0o755)
    file = tmp_path / "recording"
    live = outlived(tree, spawn, net4, Run("-j", "--states", "--record", file, "--netns",
                                           net4.client.inode))
    file.chmod(0o644)
    replayed = tcpfate("replay", "-j", "--states", file, as_nobody=True)
    assert replayed.lines[:-1] == live.lines[:-1]
