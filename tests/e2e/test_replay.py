# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A recording replayed, by an ordinary user, is the live run again; a damaged one says where."""
import json
import os
import socket
import struct

import pytest

from lib import netns
from lib.command import Run, expect_valid, tcpfate
from lib.sockets import disconnect, linger, outcome, until_state

HEADER_SIZE_AT, ABI_AT, ORDER_AT = 16, 12, 8
ABI = 2


def traffic(ns):
    """A connection of many kinds; the client ports of those that were orderly."""
    listener = ns.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    where = listener.getsockname()[:2]

    def pair():
        client = ns.socket()
        client.connect(where)
        return client, listener.accept()[0]

    for _ in range(20):
        client, server = pair()
        client.sendall(b"x" * 100)
        client.close()
        assert server.recv(999) and server.recv(1) == b""
        server.close()
    client, server = pair()
    linger(client)
    client.close()
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    client, server = pair()
    client.close()
    until_state(server, "CLOSE_WAIT")
    server.sendall(b"late")
    until_state(server, "CLOSE")
    server.close()
    client, server = pair()
    disconnect(client)
    server.close()
    client.close()
    for _ in range(3):
        with ns.socket() as sock:
            assert outcome(sock.connect, ("127.0.0.1", 9)) == "ECONNREFUSED"
    with ns.socket(socket.AF_INET6) as sock:
        assert outcome(sock.connect, ("::1", 9)) == "ECONNREFUSED"
    # Still open at the end, and closed with its fate still held back.
    left = pair()
    client, server = pair()
    client.close()
    server.close()
    return [listener, *left]


@pytest.fixture(scope="module")
def ns():
    made = netns.Netns("rp")
    yield made
    made.remove()


def live(ns, path, *options):
    """The lines of a live run, and the recording that it kept."""
    with Run("-j", "--record", path, "--netns", ns.inode, "--states", *options) as run:
        kept = traffic(ns)
        said = run.end()
    for sock in kept:
        sock.close()
    assert said.status == 0, said.err
    os.chmod(path, 0o644)
    return said.lines


@pytest.fixture(scope="module")
def recorded(ns, tmp_path_factory):
    """(lines of the live run, the recording's path) in a place that everybody can read."""
    path = tmp_path_factory.mktemp("recorded") / "r.tcpfate"
    for place in path.parents:
        if str(place).startswith("/tmp/") and place.stat().st_uid == os.getuid():
            place.chmod(0o755)
    return live(ns, path), path


def replay(path, *options, status=0):
    said = tcpfate("replay", "-j", path, *options, as_nobody=True)
    assert said.status == status, said.err
    return said


def body(lines):
    """All records but the last: `stop` says why the run ended, which is not the same."""
    assert json.loads(lines[-1])["type"] == "stop"
    return lines[:-1]


def assert_same(replayed, lines):
    for number, (ours, theirs) in enumerate(zip(replayed, lines)):
        assert ours == theirs, f"line {number + 1} differs"
    assert len(replayed) == len(lines), (replayed + lines)[min(len(replayed), len(lines)):][:2]


def test_replay_is_the_live_run(recorded):
    """Every record of every type, byte for byte; of `stop` all but the reason."""
    lines, path = recorded
    said = replay(path, "--states")
    assert said.err == ""
    assert_same(body(said.lines), body(lines))
    records, mine = expect_valid(said.lines), json.loads(lines[-1])
    assert records[-1].pop("reason") == "end_of_recording"
    assert mine.pop("reason") == "signal"
    assert records[-1] == mine
    kinds = {r["type"] for r in records}
    assert {"start", "conn", "state", "reset", "stats", "stop"} <= kinds
    assert len({r["fate"] for r in records if r["type"] == "conn"}) >= 7


def test_replay_again_is_the_same(recorded):
    _, path = recorded
    assert_same(replay(path).lines, replay(path).lines)


@pytest.mark.parametrize("filters",
                         [["--abnormal"], ["-D", "9"], ["-6"], ["--fate", "aborted_linger"],
                                     ["--class", "reset,connect"], ["--host", "::1"]], ids=" ".join)
def test_filters_apply_to_a_replay(recorded, filters):
    """A filter on the replay shows what the whole replay shows, less what it turns away."""
    _, path = recorded
    every = [r for r in replay(path).records() if r["type"] in ("conn", "reset")]
    some = [r for r in replay(path, *filters).records() if r["type"] in ("conn", "reset")]

    def wanted(r):
        conn = r["type"] == "conn"
        return {"--abnormal": conn and r["abnormal"] is True, "-D": r["remote_port"] == 9,
                "-6": r["family"] == "ipv6", "--fate": r.get("fate") == "aborted_linger",
                "--class": conn and r["class"] in ("reset", "connect"),
                "--host": r["remote_addr"] == "::1"}[filters[0]]
    assert [r for r in some if r["type"] == "conn"] == \
        [r for r in every if wanted(r) and r["type"] == "conn"] != []


@pytest.mark.parametrize("filters", [["--abnormal"], ["-D", "9"], ["-6"]], ids=" ".join)
def test_filtered_live_run_is_its_replay(ns, tmp_path, filters):
    """Filters that the kernel applied, and filters on the output alone."""
    path = tmp_path / "r"
    lines = live(ns, path, *filters)
    said = tcpfate("replay", "-j", "--states", path, *filters)
    assert said.status == 0
    assert_same(body(said.lines), body(lines))


def test_record_without_output_keeps_everything(ns, tmp_path):
    """`record` says nothing on stdout; its file replays to what happened."""
    path = tmp_path / "r"
    with Run("record", path, "--netns", ns.inode, collect=False) as run:
        wait_for_header(path, run)
        with ns.socket() as sock:
            assert outcome(sock.connect, ("127.0.0.1", 9)) == "ECONNREFUSED"
        said = run.end()
        assert run.process.stdout.read() == b""
    assert said.status == 0
    conns = [r for r in tcpfate("replay", "-j", path).records() if r["type"] == "conn"]
    assert [r["fate"] for r in conns] == ["connect_refused"]


def wait_for_header(path, run):
    from lib.sockets import until
    until(lambda: run.process.poll() is not None or (path.exists() and path.stat().st_size > 24),
          "the recording's header")
    assert run.process.poll() is None, run.process.stderr.read()


def test_recording_is_not_overwritten(ns, tmp_path):
    path = tmp_path / "evidence"
    path.write_bytes(b"precious")
    said = tcpfate("record", path, "--netns", ns.inode, "--duration", "50ms")
    assert said.status in (1, 2)
    assert str(path) in said.error_line() and "--force" in said.err
    assert path.read_bytes() == b"precious"
    assert tcpfate("record", path, "--netns", ns.inode, "--duration", "50ms", "--force").status == 0
    assert path.read_bytes().startswith(b"tcpfate\n")


def test_recording_is_readable_while_it_grows(ns, tmp_path):
    path = tmp_path / "r"
    with Run("-j", "--record", path, "--netns", ns.inode) as run:
        with ns.socket() as sock:
            assert outcome(sock.connect, ("127.0.0.1", 9)) == "ECONNREFUSED"
        run.wait(b'"type":"conn"')
        run.process.kill()
        run.process.wait()
    said = tcpfate("replay", "-j", path)
    assert (said.status, said.err) == (0, "")
    assert [r["fate"] for r in said.records() if r["type"] == "conn"] == ["connect_refused"]


# Damage.

def offsets(data):
    """Where the header ends, and where each record begins."""
    at = struct.unpack_from("I", data, HEADER_SIZE_AT)[0]
    found = []
    while at < len(data):
        found.append(at)
        at += struct.unpack_from("H", data, at + 20)[0]
    assert at == len(data)
    return found


@pytest.fixture
def damage(recorded, tmp_path):
    """damage(change): the replay of a copy on which @change worked, and of its good part alone."""
    _, path = recorded
    data = path.read_bytes()
    at = offsets(data)

    def judge(change, good):
        bad = tmp_path / "damaged"
        bad.write_bytes(change(bytearray(data)))
        said = tcpfate("replay", "-j", bad)
        assert said.status == 1, said.err
        if good is None:
            assert said.out == ""
            return said
        whole = tmp_path / "good"
        whole.write_bytes(data[:good])
        clean = tcpfate("replay", "-j", whole)
        assert clean.status == 0, clean.err
        assert_same(body(said.lines), body(clean.lines))
        assert json.loads(said.lines[-1])["reason"] == "damaged_recording"
        assert f"offset {good}" in said.error_line()
        return said
    judge.at, judge.data = at, data
    # A record in the middle that is larger than any cut: of a transition to CLOSE.
    judge.middle = next(here for here in at[len(at) // 2:]
                        if struct.unpack_from("H", data, here + 20)[0] >= 192)
    return judge


@pytest.mark.parametrize("cut", [1, 8, 19, 20, 23, 39, 40, 41, 95, 191])
def test_a_file_cut_within_a_record_gives_all_before_it(damage, cut):
    """In its time, its size, its header, its body: all records before it are replayed."""
    start = damage.middle
    damage(lambda data: data[:start + cut], start)


def test_a_file_cut_by_one_byte_is_truncated(damage):
    damage(lambda data: data[:-1], damage.at[-1])


def test_cut_between_records_is_whole(damage, tmp_path):
    """Nothing shows that more was to come."""
    path = tmp_path / "r"
    for end in (damage.at[0], damage.at[1], damage.at[-1]):
        path.write_bytes(damage.data[:end])
        said = tcpfate("replay", "-j", path)
        assert (said.status, said.err) == (0, "")


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 12, 16, 23, 24, 100])
def test_a_file_cut_within_its_header_is_refused(damage, cut):
    said = damage(lambda data: data[:cut], None)
    assert "offset" in said.error_line()


@pytest.mark.parametrize("size", [0, 8, 39, 41, 4104, 65535])
def test_an_impossible_size_is_refused(damage, size):
    start = damage.middle

    def change(data):
        struct.pack_into("H", data, start + 20, size)
        return data
    damage(change, start)


def test_a_foreign_file_is_refused(damage):
    said = damage(lambda data: b"\xd4\xc3\xb2\xa1" + data[4:], None)
    assert "not a recording of tcpfate" in said.error_line()


def test_a_newer_version_is_refused(damage):
    def change(data):
        struct.pack_into("I", data, ABI_AT, ABI + 1)
        return data
    said = damage(change, None)
    assert "version" in said.error_line()


def test_another_byte_order_is_refused(damage):
    def change(data):
        data[ORDER_AT:ORDER_AT + 4] = data[ORDER_AT:ORDER_AT + 4][::-1]
        return data
    assert "byte order" in damage(change, None).error_line()


def test_a_header_that_contradicts_itself_is_refused(damage):
    def change(data):
        struct.pack_into("I", data, HEADER_SIZE_AT, 7)
        return data
    assert "header" in damage(change, None).error_line()


def test_a_record_of_an_unknown_kind_is_skipped_and_counted(damage, tmp_path):
    """The framing is whole, so reading goes on: refused, counted, and said."""
    data = bytearray(damage.data)
    data[damage.at[3] + 22] = 60
    path = tmp_path / "r"
    path.write_bytes(data)
    said = tcpfate("replay", "-j", path)
    records = expect_valid(said.lines)
    assert records[-1]["malformed"] == 1
    assert [r["count"] for r in records if r["type"] == "gap" and r["where"] == "stream"] == [1]


def test_a_missing_file_is_an_error(tmp_path):
    said = tcpfate("replay", tmp_path / "nothing", as_nobody=True)
    assert said.status == 1
    assert "nothing: " in said.error_line()


def test_a_directory_is_an_error(tmp_path):
    said = tcpfate("replay", tmp_path)
    assert said.status == 1
    assert "directory" in said.error_line().lower()


def test_a_replay_reads_from_a_pipe(recorded):
    """tcpfate replay /dev/stdin, as after `zcat`."""
    import subprocess
    from lib.tcpfate import PROGRAM
    _, path = recorded
    done = subprocess.run(["bash", "-c", f'cat "{path}" | "{PROGRAM}" replay -j /dev/stdin'],
                          capture_output=True, text=True, timeout=20, check=True)
    assert_same(done.stdout.splitlines(), replay(path).lines)


def test_a_replay_to_head_ends_quietly(recorded):
    import subprocess
    from lib.tcpfate import PROGRAM
    _, path = recorded
    done = subprocess.run(["bash", "-c", f'"{PROGRAM}" replay -j "{path}" | head -1; '
                                         'echo "${PIPESTATUS[0]}"'],
                          capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.splitlines()[1] == "0" and done.stderr == ""
