# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What a machine's results have to say.

The scenarios are those of the host's tests, judged by the same table (tests/scenarios/table.py).
What a kernel shows less of is taken from `doctor -j`, run there with the same options; which hooks
a kernel of which release must have, and by which attach method, stands here.
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenarios"))

import table  # noqa: E402 pylint: disable=wrong-import-position

# The runs of init, with the kinds of hooks that each leaves out.
RUNS = {"all": (), "kprobes": ("fentry", "fexit"),
        "least": ("fentry", "fexit", "kprobe", "kretprobe", "iter")}
TRACEPOINTS = ("inet_sock_set_state", "tcp_send_reset", "tcp_receive_reset", "tcp_destroy_sock",
               "tcp_retransmit_synack")
ITERATORS = ("iter/tcp", "iter/task_file")
STAND_INS = ("tcp_v4_send_reset", "tcp_v6_send_reset")
TELLS_ALL = (6, 10)  # 19822a980e19: before it tcp_send_reset fires for full sockets alone
ARM64_TRAMPOLINES = (6, 4)  # 2aa6ac03516d: functions can be hung on by fentry

# A namespace that its last connection does not hold (tests/kernels/netns_gone.c), and the same
# where the module has learnt to hold it: an ordinary close then.
NETNS_GONE = dict(fate="netns_gone", errno=None, end_state="FIN_WAIT1", rst_sent=False,
                  rst_received=False, closed_first="local")
# Its peer got no segment of the end; it wrote with TCP_USER_TIMEOUT set.
NETNS_GONE_PEER = dict(fate="user_timeout", role="server", comm="netns_gone",
                       end_state="ESTABLISHED",
                       closed_first=None, errno_delivered=True, fin_received=False, rst_sent=False,
                       rst_received=False, bytes_sent=0, bytes_unsent=1)
NETNS_HELD = dict(fate="closed_by_local", errno=None, end_state="FIN_WAIT2", fin_sent=True,
                  closed_first="local")
NETNS_HELD_SINCE = (6, 1)


def release_of(text):
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def expected_hooks(release, arch, left_out):
    """{hook: its attach method} on a kernel, found out by hand once; a change here is news."""
    trampolines = arch == "amd64" or release >= ARM64_TRAMPOLINES

    def first(*methods):
        return next((method for method in methods if method not in left_out and
                     (trampolines or not method.startswith("f"))), None)

    how = dict.fromkeys(TRACEPOINTS, "tp_btf")
    how.update(dict.fromkeys(ITERATORS, first("iter")))
    how["inet_csk_accept"] = first("fexit", "kretprobe")
    for hook in STAND_INS:
        how[hook] = first("fentry", "kprobe") if release < TELLS_ALL else None
    return how


class Results:
    """The files that a machine sent."""

    def __init__(self, files, arch):
        self.files, self.arch = files, arch
        self.release = release_of(self.text("release"))

    def text(self, name):
        return self.files.get(name, b"").decode(errors="replace").strip()

    def ended_well(self, name):
        if self.text(f"{name}.status") == "0" and not self.text(f"{name}.err"):
            return []
        return [f"{name}: status {self.text(f'{name}.status') or 'none'}, "
                f"{self.text(f'{name}.err') or 'no message'}"]

    def records(self, run):
        return [json.loads(line) for line in self.text(f"{run}.records").splitlines()]


def check_doctor(results, run):
    """Each hook, one by one: how it has attached."""
    wrong = results.ended_well(f"{run}.doctor")
    said = json.loads(results.text(f"{run}.doctor") or '{"works": false}')
    if not said["works"]:
        return wrong + [f"{run}: doctor does not say that it works"]
    due = expected_hooks(results.release, results.arch, RUNS[run])
    for hook in said["hooks"]:
        if hook["attach_method"] != due[hook["name"]]:
            wrong.append(f"{run}: {hook['name']} by {hook['attach_method']}, "
                         f"expected {due[hook['name']]}: {hook['attach_methods']}")
        needed = hook["name"] not in STAND_INS or results.release < TELLS_ALL
        if hook["needed"] != needed:
            wrong.append(f"{run}: {hook['name']} needed: {hook['needed']}")
    start = results.records(run)[0]
    if {h["name"]: h["attach_method"] for h in start["hooks"]} != {h["name"]: h["attach_method"]
                                                                   for h in said["hooks"]}:
        wrong.append(f"{run}: the start record has other hooks than doctor")
    return wrong


def check_scenarios(results, run, fates):
    """Adds to @fates what became of each: {fate: set of words}."""
    wrong = results.ended_well(f"{run}.scenarios")
    text, records = results.text(f"{run}.scenarios"), results.records(run)
    stats = [record for record in records if record["type"] == "stats"]
    kernel = table.Kernel(json.loads(results.text(f"{run}.doctor")), stats[-1] if stats else None,
                          slow=True)
    lines, skipped = table.lines(text), table.skipped(text)
    for line in lines:
        amiss = table.judge(line, records, kernel)
        wrong += [f"{run}: {what}" for what in amiss]
        for fate in table.fates_of(line.name):
            fates.setdefault(fate, set()).add("FAIL" if amiss else "ok")
        for side in ("client", "server"):
            other = kernel.without(line.name, side)
            if other and not amiss:
                fate = table.SCENARIOS[line.name][side == "server"][0]["fate"]
                fates[fate].add(("may be " if kernel.shows_bare_resets == "some" else "") +
                                f"reported as `{other}`")
    made = {(line.name, line.family) for line in lines} | set(skipped)
    for name, family in sorted(skipped):
        for fate in table.fates_of(name):
            fates.setdefault(fate, {f"not made: {skipped[name, family]}"})
    return wrong + [f"{run}: {name}, {family}: not made" for name in table.SCENARIOS
                    for family in ("ipv4", "ipv6") if (name, family) not in made]


def check_account(results, run):
    """Nothing lost but what only an owner rests on, and no time that jumps when the clock does."""
    wrong = results.ended_well(f"{run}.live")
    records = results.records(run)
    stop = [record for record in records if record["type"] == "stop"]
    hooks = [record for record in records if record["type"] == "stats"][-1]["hooks"]
    lost = sum(hook["lost"] for name, hook in hooks.items() if name != "inet_csk_accept")
    if not stop or lost or stop[0]["malformed"] or stop[0]["incomplete"]:
        wrong.append(f"{run}: the account: {stop}, {hooks}")
    years = {record["time"][:4] for record in records}
    if len(years) != 1:
        wrong.append(f"{run}: records of {sorted(years)}")
    return wrong


def check_leftovers(results):
    wrong = []
    if results.text("objects_after") != results.text("objects_before"):
        wrong.append(f"kill -9 left {results.text('objects_after')}, "
                     f"before it were {results.text('objects_before')}")
    if results.text("objects_during") == results.text("objects_before"):
        wrong.append("no BPF objects seen while tcpfate ran")
    for line in results.text("dmesg").splitlines():
        if re.search(r"\bBUG:|\bWARNING:|\bOops\b|RIP: 0010", line):
            wrong.append(f"dmesg: {line}")
    return wrong


def ends(records, family, local, remote):
    return [record for record in records if record["type"] == "conn" and
            (record["family"], record["local_port"], record["remote_port"]) ==
            (family, local, remote)]


def ends_differ(label, records, want):
    if len(records) != 1:
        return [f"{label}: {[record['fate'] for record in records]}, expected one record"]
    return [f"{label}: {what}" for what in
            table.differences(records[0], dict(complete=True, origin="event", **want))]


def check_netns_gone(results, fates):
    """([what is wrong], how many connections lost their namespace, of how many)."""
    wrong, gone = results.ended_well("netns_gone"), 0
    rows = [line.split() for line in results.text("netns_gone").splitlines()]
    records = results.records("all")
    for _, family, client, server, *error in rows:
        found = ends(records, family, int(client), int(server))
        lost = [record["fate"] for record in found] == ["netns_gone"]
        gone += lost
        wrong += ends_differ(f"netns_gone, port {client}", found,
                             dict(NETNS_GONE if lost else NETNS_HELD, role="client",
                                  comm="netns_gone", owner_from="connect"))
        if not lost:
            continue
        if "netns_dead" not in found[0]["evidence"]:
            wrong.append(f"netns_gone, port {client}: no evidence netns_dead")
        wrong += ends_differ(f"netns_gone, peer of port {client}",
                             ends(records, family, int(server), int(client)),
                             dict(NETNS_GONE_PEER, errno=error[0]))
    held = results.release >= NETNS_HELD_SINCE
    if gone not in (range(0, 1) if held else range(1, len(rows) + 1)):
        wrong.append(f"netns_gone: {gone} of {len(rows)} connections lost their namespace")
    fates["netns_gone"] = {"FAIL" if wrong else
                           "not made: its module holds its namespace" if held else "ok"}
    return wrong, gone, len(rows)


# By the numbers of /proc/net/tcp.
PROC_STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
               "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING")


def check_counts(results, head):
    """A snapshot counts what the kernel lists itself, what the connections left in TIME_WAIT
    too."""
    listed = dict.fromkeys(PROC_STATES[1:], 0)
    for line in results.text("proc_net").splitlines():
        if line.split()[0].endswith(":"):
            listed[PROC_STATES[int(line.split()[3], 16)]] += 1
    counted = dict(head["states"], CLOSE=0)
    if counted != listed or not listed["TIME_WAIT"]:
        return [f"snapshot: counts {counted}, /proc/net/tcp has {listed}"]
    return []


def check_snapshot(results):
    """The scan finds the two ends of a connection over loopback, each with its holder."""
    wrong = results.ended_well("snapshot")
    lines = [json.loads(line) for line in results.text("snapshot").splitlines()]
    for line in lines:
        if line["type"] == "snapshot" and not line["whole"]:
            wrong.append(f"snapshot: not whole: {line}")
        if line["type"] == "snapshot":
            wrong += check_counts(results, line)
    server, client = map(int, results.text("holders").split())
    held = {(line.get("local_port") == 7777, holder["pid"], holder["comm"])
            for line in lines if line["type"] == "socket" and line["state"] == "ESTABLISHED"
            and 7777 in (line["local_port"], line["remote_port"]) for holder in line["holders"]}
    if held != {(True, server, "nc"), (False, client, "nc")}:
        wrong.append(f"snapshot: held by {sorted(held)}, expected {server} and {client}")
    return wrong


class Verdict:
    """What came of one machine: `wrong` says what is, `notes` what is worth a word, `fates` what
    became of each fate with every hook, `least` where tracepoints are all there is."""

    def __init__(self, files, console, arch):
        results = Results(files, arch)
        self.fates, self.least, self.notes = {}, {}, []
        if not all(results.text(f"{run}.records") for run in RUNS):
            self.wrong = ["no records came out; the console's end:"] + console.splitlines()[-15:]
            return
        self.wrong = check_leftovers(results) + check_snapshot(results)
        for run, fates in zip(RUNS, (self.fates, {}, self.least)):
            self.wrong += check_doctor(results, run) + check_scenarios(results, run, fates)
            self.wrong += check_account(results, run)
        if "netns_gone" in files:
            amiss, gone, made = check_netns_gone(results, self.fates)
            self.wrong += amiss
            self.notes.append(f"netns_gone {gone} of {made}")
        else:
            self.fates["netns_gone"] = {"not made: no modules for it"}
        ended = sum(record["type"] == "conn" for run in RUNS for record in results.records(run))
        self.notes.insert(0, f"{ended} connections")
