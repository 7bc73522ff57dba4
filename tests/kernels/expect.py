# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What a machine's results have to say.

SCENARIOS: for each line that a stimulus prints, the records of both ends, one dict for each life.
WEAKER: what a kernel cannot show, from which release on it can, and what is expected before that. A
weakness is as exact an expectation as the rest: when it goes, the table must change.
"""
import json
import re

CLEAN = dict(errno=None, rst_sent=False, rst_received=False)
RESET_READ = dict(fate="reset_by_remote", errno="ECONNRESET", errno_delivered=True,
                  closed_first="remote", rst_received=True, rst_sent=False)
RESET_WRITE = dict(fate="reset_after_remote_fin", errno="EPIPE", errno_delivered=True,
                   closed_first="remote", fin_received=True, rst_received=True, rst_sent=False)
ABORTED = dict(errno=None, closed_first="local", rst_sent=True, rst_received=False)
REFUSED = dict(fate="connect_refused", errno="ECONNREFUSED", rst_received=True, fin_sent=False)

# scenario: (the client's lives, the server's)
SCENARIOS = {
    "local_first": (
        [dict(CLEAN, fate="closed_by_local", closed_first="local", close_how="close",
              fin_sent=True, bytes_sent=10, bytes_acked=10)],
        [dict(CLEAN, fate="closed_by_remote", closed_first="remote", fin_received=True,
              bytes_received=10, bytes_unread=0, eof_read=True)]),
    "unread": (
        [RESET_READ],
        [dict(ABORTED, fate="aborted_unread", bytes_unread=10)]),
    "linger": (
        [dict(ABORTED, fate="aborted_linger")],
        [RESET_READ]),
    "late_data_owned": (
        [dict(fate="aborted_late_data", errno="ECONNRESET", errno_delivered=False, fin_sent=True,
              rst_sent=True, rst_received=False, close_how="shutdown")],
        [RESET_WRITE]),
    "late_data_minisock": (
        [dict(fate="aborted_late_data", errno=None, fin_sent=True, rst_sent=True,
              rst_received=False, close_how="close")],
        [RESET_WRITE]),
    "disconnect": (
        [dict(ABORTED, fate="aborted_disconnect")],
        [RESET_READ]),
    "never_accepted": (
        [RESET_READ],
        [dict(ABORTED, fate="never_accepted", owner_from="listen")]),
    "reset_before_accept": (
        [dict(ABORTED, fate="aborted_linger")],
        [dict(fate="reset_before_accept", rst_received=True, rst_sent=False)]),
    "refused": (
        [REFUSED, dict(REFUSED, errno_delivered=True)],
        []),
}
RESETS = {"refused": ["refused_inbound", "refused_inbound"]}

# 19822a980e19: until then tcp_send_reset fires for full sockets alone.
MINISOCKS_RESET = (6, 10)
WEAKER = {
    "late_data_minisock": (MINISOCKS_RESET,
                           ([dict(fate="closed_by_local", fin_sent=True, fin_received=None,
                                  rst_sent=None, rst_received=False)], [RESET_WRITE])),
}

# A namespace that its last connection does not hold (tests/kernels/netns_gone.c), and the same where
# the module has learnt to hold it: an ordinary close then.
NETNS_GONE = dict(fate="netns_gone", errno=None, end_state="FIN_WAIT1", rst_sent=False,
                  rst_received=False, closed_first="local")
# Its peer was told nothing; it wrote with TCP_USER_TIMEOUT set.
NETNS_GONE_PEER = dict(fate="user_timeout", role="server", comm="netns_gone", end_state="ESTABLISHED",
                       closed_first=None, errno_delivered=True, fin_received=False, rst_sent=False,
                       rst_received=False, bytes_sent=0, bytes_unsent=1)
NETNS_HELD = dict(fate="closed_by_local", errno=None, end_state="FIN_WAIT2", fin_sent=True,
                  closed_first="local")
NETNS_HELD_SINCE = (6, 1)


def release_of(text):
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def differences(record, want):
    return [f"{name} is {record.get(name)!r}, expected {value!r}"
            for name, value in want.items() if record.get(name) != value]


class Results:
    """The files that a machine sent."""

    def __init__(self, files):
        self.files = files

    def text(self, name):
        return self.files.get(name, b"").decode(errors="replace").strip()

    def ended_well(self, name, status="0"):
        if self.text(f"{name}.status") == status and not self.text(f"{name}.err"):
            return []
        return [f"{name}: status {self.text(f'{name}.status') or 'none'}, "
                f"{self.text(f'{name}.err') or 'no message'}"]

    def records(self, kind):
        """Of the judged run, those of one type."""
        lines = self.text("records").splitlines()
        return [record for record in map(json.loads, lines) if record["type"] == kind]

    def made(self):
        """[(scenario, family, client port, server port, errno)] that the stimuli say they made."""
        lines = (self.text("loopback") + "\n" + self.text("netns_gone")).split("\n")
        rows = [line.split() for line in lines if line]
        return [(name, family, int(client), int(server), error[0] if error else None)
                for name, family, client, server, *error in rows]

    def ends(self, family, local, remote):
        return [record for record in self.records("conn")
                if (record["family"], record["local_port"], record["remote_port"]) ==
                (family, local, remote)]


def ends_differ(results, label, records, wanted):
    if len(records) != len(wanted):
        return [f"{label}: {len(records)} records, expected {len(wanted)}: "
                f"{[record['fate'] for record in records]}"]
    return [f"{label}: {difference}" for record, want in zip(records, wanted)
            for difference in differences(record, dict(complete=True, origin="event", **want))]


def check_scenarios(results, release):
    wrong = []
    seen = set()
    for name, family, client, server, _ in results.made():
        if name not in SCENARIOS:
            continue
        seen.add((name, family))
        wanted = SCENARIOS[name]
        since, before = WEAKER.get(name, ((0,), None))
        if release < since:
            wanted = before
        for side, ours, theirs, lives in (("client", client, server, wanted[0]),
                                          ("server", server, client, wanted[1])):
            records = results.ends(family, ours, theirs)
            wrong += ends_differ(results, f"{name}, {family}, {side}", records,
                                 [dict(role=side, comm="loopback", **life) for life in lives])
        resets = [record["kind"] for record in results.records("reset")
                  if (record["local_port"], record["remote_port"]) == (server, client)]
        expected = RESETS.get(name, []) if release >= MINISOCKS_RESET else []
        if resets != expected:
            wrong.append(f"{name}, {family}: reset records {resets}, expected {expected}")
    return wrong + [f"{name}, {family}: not made" for name in SCENARIOS
                    for family in ("ipv4", "ipv6") if (name, family) not in seen]


def check_doctor(results, release):
    """It says what this kernel is too old to show."""
    wrong = results.ended_well("doctor")
    said = json.loads(results.text("doctor") or "{}")
    if not said.get("works"):
        return wrong + ["doctor does not say that it works"]
    weaker = {hook["name"] for hook in said["hooks"] if hook["weaker"] or not hook["how"]}
    expected = {"tcp_send_reset"} if release < MINISOCKS_RESET else set()
    if weaker != expected:
        wrong.append(f"doctor: weaker {sorted(weaker)}, expected {sorted(expected)}")
    return wrong


def check_accounts(results):
    """Nothing lost, nothing left, no connection that nobody made."""
    wrong = results.ended_well("live")
    stop = results.records("stop")
    if not stop or stop[0]["events_lost"] or stop[0]["malformed"] or stop[0]["incomplete"]:
        wrong.append(f"the run's account: {stop}")
    if results.text("objects_after") != results.text("objects_before"):
        wrong.append(f"kill -9 left {results.text('objects_after')}, "
                     f"before it were {results.text('objects_before')}")
    if results.text("objects_during") == results.text("objects_before"):
        wrong.append("no BPF objects seen while tcpfate ran")
    return wrong


def check_netns_gone(results, release):
    """([what is wrong], how many connections lost their namespace, of how many)."""
    wrong = results.ended_well("netns_gone")
    gone = made = 0
    for name, family, client, server, error in results.made():
        if name != "netns_gone":
            continue
        made += 1
        records = results.ends(family, client, server)
        lost = [record["fate"] for record in records] == ["netns_gone"]
        gone += lost
        wrong += ends_differ(results, f"netns_gone, port {client}", records,
                             [dict(NETNS_GONE if lost else NETNS_HELD, role="client",
                                   comm="netns_gone", owner_from="connect")])
        if not lost:
            continue
        if "netns_dead" not in records[0]["evidence"]:
            wrong.append(f"netns_gone, port {client}: no evidence netns_dead")
        wrong += ends_differ(results, f"netns_gone, peer of port {client}",
                             results.ends(family, server, client),
                             [dict(NETNS_GONE_PEER, errno=error)])
    expected = range(0, 1) if release >= NETNS_HELD_SINCE else range(1, made + 1)
    if gone not in expected:
        wrong.append(f"netns_gone: {gone} of {made} connections lost their namespace")
    return wrong, gone, made


# By the numbers of /proc/net/tcp.
PROC_STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
               "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING")


def check_counts(results, head):
    """A snapshot counts what the kernel lists itself, what the connections left in TIME_WAIT too."""
    listed = dict.fromkeys(PROC_STATES[1:], 0)
    for line in results.text("proc_net").splitlines():
        if line.split()[0].endswith(":"):
            listed[PROC_STATES[int(line.split()[3], 16)]] += 1
    counted = dict(head["states"], CLOSE=0)
    if counted != listed or not listed["TIME_WAIT"]:
        return [f"snapshot: counts {counted}, /proc/net/tcp has {listed}"]
    return []


def check_snapshot(results):
    """The walk finds the two ends of a connection over loopback, each with its holder."""
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


def judge(files, console):
    """[what is wrong], [what is worth a word] of one machine's results."""
    results = Results(files)
    if not results.text("records"):
        return ["no records came out; the console's end:"] + console.splitlines()[-15:], []
    release = release_of(results.text("release"))
    wrong = check_doctor(results, release) + results.ended_well("loopback")
    wrong += check_scenarios(results, release) + check_accounts(results)
    wrong += check_snapshot(results)
    notes = [f"{len(results.records('conn'))} connections"]
    if "netns_gone" in files:
        amiss, gone, made = check_netns_gone(results, release)
        wrong += amiss
        notes.append(f"netns_gone {gone} of {made}")
    else:
        notes.append("no modules: netns_gone not tried")
    if release < MINISOCKS_RESET:
        notes.append("weaker: resets by minisocks and without a socket are unseen")
    return wrong, notes
