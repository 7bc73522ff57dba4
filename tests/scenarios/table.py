# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The records that tcpfate must write of each scenario, on this host and on every kernel.

SCENARIOS: for each, the lives of the client's socket and of the server's, one dict a life. Facts
that some kernel cannot report are not here: `tcpfate doctor -j` says which fates are called
otherwise there (TF_NEED in user/core/fate/fates.def), and which hooks it has.
"""
import re

CLEAN = dict(errno=None, errno_delivered=None, rst_sent=False, rst_received=False, bytes_unread=0,
             bytes_unsent=0, bytes_unacked=0)
FIRST = dict(CLEAN, fate="closed_by_local", closed_first="local", close_how="close", fin_sent=True,
             end_state="FIN_WAIT2", states=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])
SECOND = dict(CLEAN, fate="closed_by_remote", closed_first="remote", close_how="close",
              fin_sent=True, fin_received=True, end_state="LAST_ACK",
              states=["ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"])
CROSSED = dict(CLEAN, fate="closed_simultaneously", closed_first="both", close_how="shutdown",
               fin_sent=True, fin_received=True, end_state="CLOSING",
               states=["ESTABLISHED", "FIN_WAIT1", "CLOSING"])
ATTEMPT = dict(end_state="SYN_SENT", closed_first=None, close_how=None, fin_sent=False,
               fin_received=False, rst_sent=False, states=[], bytes_sent=0, bytes_received=0)
OPEN = dict(end_state="ESTABLISHED", fin_sent=False, fin_received=False, states=["ESTABLISHED"])
RESET = dict(OPEN, fate="reset_by_remote", closed_first="remote", close_how=None,
             errno="ECONNRESET", errno_delivered=True, rst_received=True, rst_sent=False)
RESET_WRITE = dict(fate="reset_after_remote_fin", closed_first="remote", close_how=None,
                   errno="EPIPE", errno_delivered=True, fin_received=True, fin_sent=False,
                   rst_received=True, rst_sent=False, end_state="CLOSE_WAIT", eof_read=False,
                   states=["ESTABLISHED", "CLOSE_WAIT"])
ABORT = dict(OPEN, errno=None, closed_first="local", close_how="close", rst_sent=True,
             rst_received=False)
LATE = dict(fate="aborted_late_data", closed_first="local", fin_sent=True, rst_sent=True,
            rst_received=False, end_state="FIN_WAIT2",
            states=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])
TIMEOUT = dict(OPEN, errno="ETIMEDOUT", errno_delivered=True, closed_first=None, close_how=None,
               rst_sent=False, rst_received=False)
# Nobody answers to it any more, so it resets in the end.
LEFT = dict(ABORT, fate="aborted_linger", bytes_unread=0)
UNANSWERED = dict(fate="close_timeout", closed_first="local", fin_sent=True, fin_received=False,
                  rst_sent=False, rst_received=False, end_state="FIN_WAIT1", bytes_unacked=0,
                  states=["ESTABLISHED", "FIN_WAIT1"])

SCENARIOS = {
    "client_first": ([dict(FIRST, bytes_sent=10, bytes_acked=10)],
                     [dict(SECOND, bytes_received=10, eof_read=True)]),
    "server_first": ([dict(SECOND, bytes_received=10, eof_read=True)],
                     [dict(FIRST, bytes_sent=10, bytes_acked=10)]),
    "half_closed": ([dict(FIRST, close_how="shutdown", bytes_received=10, fin_received=True)],
                    [dict(SECOND, bytes_sent=10, bytes_acked=10, eof_read=True)]),
    "crossing_fins": ([CROSSED], [CROSSED]),
    "refused": ([dict(ATTEMPT, fate="connect_refused", errno="ECONNREFUSED", rst_received=True),
                 dict(ATTEMPT, fate="connect_refused", errno="ECONNREFUSED", rst_received=True,
                      errno_delivered=True)], []),
    "not_written": ([dict(ATTEMPT, fate="connect_refused", errno="ECONNREFUSED",
                          rst_received=True),
                     dict(ATTEMPT, fate="connect_abandoned", errno=None, closed_first="local",
                          close_how="close", rst_received=False, bytes_unsent=0, bytes_unacked=0,
                          bytes_unread=0, retransmits=0, srtt_us=None, min_rtt_us=None,
                          cause="not_written",
                          evidence=["no_error", "by_close", "no_syn_sent", "syn_deferred"])], []),
    "connect_timeout": ([dict(ATTEMPT, fate="connect_timeout", errno="ETIMEDOUT",
                              errno_delivered=True, rst_received=False)], []),
    "unreachable": ([dict(ATTEMPT, fate="connect_unreachable", errno="EHOSTUNREACH",
                          errno_delivered=True, rst_received=False)], []),
    "no_local_port": ([dict(ATTEMPT, fate="connect_failed_local", errno="EADDRNOTAVAIL",
                            errno_delivered=True, rst_received=False)], []),
    "abandoned": ([dict(ATTEMPT, fate="connect_abandoned", errno=None, closed_first="local",
                        close_how="close", rst_received=False)], []),
    "handshake_failed": ([dict(fate="handshake_failed", errno="ETIMEDOUT", errno_delivered=True,
                               closed_first=None, end_state="SYN_RECV", fin_sent=False,
                               fin_received=False, rst_received=False, states=["SYN_RECV"])], []),
    "reset_before_accept": ([LEFT],
                            [dict(OPEN, fate="reset_before_accept", closed_first="remote",
                                  errno="ECONNRESET", errno_delivered=True, rst_received=True,
                                  rst_sent=False)]),
    "reset_while_hung": ([LEFT],
                         [dict(OPEN, fate="reset_before_accept", closed_first="remote",
                               errno="ECONNRESET", errno_delivered=None, rst_received=True,
                               rst_sent=False, dead_held_us=None, owner_from="listen")]),
    "never_accepted": ([RESET], [dict(ABORT, fate="never_accepted", close_how=None,
                                      owner_from="listen")]),
    "reset_after_our_fin": ([dict(fate="reset_after_local_fin", closed_first="local",
                                  close_how="shutdown", errno="ECONNRESET", errno_delivered=True,
                                  end_state="FIN_WAIT2", fin_sent=True, fin_received=False,
                                  rst_received=True, rst_sent=False,
                                  states=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])],
                            [dict(LEFT, closed_first="remote", end_state="CLOSE_WAIT",
                                  fin_received=True, eof_read=True,
                                  states=["ESTABLISHED", "CLOSE_WAIT"])]),
    "errno_fetched": ([RESET], [dict(ABORT, fate="aborted_unread")]),
    "reset_before_our_fin": ([dict(fate="reset_after_local_fin", closed_first="remote",
                                   close_how="close", errno=None, end_state="FIN_WAIT1",
                                   fin_sent=False, fin_received=False, rst_received=True,
                                   rst_sent=False, bytes_unacked=0,
                                   states=["ESTABLISHED", "FIN_WAIT1"])],
                             [dict(ABORT, fate="aborted_unread")]),
    "reset_for_last_ack": ([dict(LEFT, close_how="shutdown", end_state="FIN_WAIT2", fin_sent=True,
                                 bytes_received=10,
                                 states=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])],
                           [dict(SECOND, fate="reset_after_remote_fin", rst_received=True,
                                 eof_read=True, bytes_sent=10, bytes_acked=10)]),
    "unread": ([dict(RESET, bytes_sent=10, bytes_acked=10)],
               [dict(ABORT, fate="aborted_unread", bytes_received=10, bytes_unread=10)]),
    "linger": ([LEFT], [RESET]),
    "linger2": ([dict(ABORT, fate="aborted_linger", end_state="FIN_WAIT2", fin_sent=True,
                      states=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])], [RESET_WRITE]),
    "late_data_owned": ([dict(LATE, close_how="shutdown", errno="ECONNRESET",
                              errno_delivered=False)],
                        [dict(RESET_WRITE, bytes_sent=4, bytes_unacked=4)]),
    "late_data_minisock": ([dict(LATE, close_how="close", errno=None)],
                           [dict(RESET_WRITE, bytes_sent=4, bytes_unacked=4)]),
    "no_minisock": ([dict(LATE, close_how="close", errno=None)],
                    [dict(RESET_WRITE, bytes_sent=4, bytes_unacked=4)]),
    "turned_away": ([dict(RESET, bytes_sent=10, bytes_acked=0, bytes_unacked=10)], []),
    "disconnect": ([dict(ABORT, fate="aborted_disconnect", close_how=None)], [RESET]),
    "by_admin": ([dict(OPEN, fate="aborted_by_admin", closed_first="local", close_how=None,
                       errno="ECONNABORTED", errno_delivered=True, rst_sent=True,
                       rst_received=False)], [RESET]),
    "memory": ([dict(ABORT, fate="aborted_memory", end_state="FIN_WAIT1", fin_sent=True,
                     states=["ESTABLISHED", "FIN_WAIT1"])], [RESET]),
    "keepalive": ([dict(TIMEOUT, fate="keepalive_timeout", rst_sent=True, bytes_unacked=0)],
                  [LEFT]),
    "retransmits": ([dict(TIMEOUT, fate="retransmit_timeout", bytes_sent=10, bytes_acked=0,
                          bytes_unacked=10)], [LEFT]),
    "user_timeout": ([dict(TIMEOUT, fate="user_timeout", bytes_sent=10, bytes_acked=0,
                           bytes_unacked=10)], [LEFT]),
    "zero_window": ([dict(TIMEOUT, fate="zero_window_timeout", bytes_unacked=0)],
                    [dict(ABORT, fate="aborted_unread")]),
    "close_timeout": ([dict(UNANSWERED, close_how="close", errno=None)], [LEFT]),
    "close_timeout_owned": ([dict(UNANSWERED, close_how="shutdown", errno="ETIMEDOUT",
                                  errno_delivered=True)], [LEFT]),
    "killed": ([dict(FIRST, close_how="signal:9")], [dict(SECOND, eof_read=True)]),
    "crashed": ([dict(FIRST, close_how="signal:11")], [dict(SECOND, eof_read=True)]),
    "terminated": ([dict(FIRST, close_how="signal:15")], [dict(SECOND, eof_read=True)]),
    "survived": ([dict(FIRST, bytes_sent=10, bytes_acked=10)],
                 [dict(SECOND, bytes_received=10, eof_read=True)]),
    "out_of_memory": ([dict(FIRST, close_how="oom", bytes_received=1)],
                      [dict(SECOND, bytes_sent=1, bytes_acked=1, eof_read=True)]),
    "exits": ([dict(FIRST, close_how="exit")], [dict(SECOND, eof_read=True)]),
    "mptcp_client_first": ([dict(FIRST, bytes_sent=1)],
                           [dict(SECOND, bytes_received=1, eof_read=None)]),
    "mptcp_client_first_at_plain": ([dict(FIRST, bytes_sent=1)],
                                    [dict(SECOND, bytes_received=1, eof_read=True)]),
    "mptcp_server_first": ([dict(SECOND, bytes_received=1, eof_read=None)],
                           [dict(FIRST, bytes_sent=1)]),
    "mptcp_killed": ([dict(SECOND, bytes_received=1, eof_read=None)],
                     [dict(FIRST, bytes_sent=1, close_how="signal:9", comm="killed")]),
    "mptcp_unread": ([dict(RESET, bytes_sent=11)],
                     [dict(ABORT, fate="aborted_unread", bytes_received=11, bytes_unread=10)]),
    # What came to it before it was accepted is read as TCP.
    "mptcp_unread_of_plain": ([dict(RESET, bytes_sent=11)],
                              [dict(ABORT, fate="aborted_unread", bytes_received=11,
                                    bytes_unread=10)]),
    "mptcp_unread_by_plain": ([dict(RESET, bytes_sent=11)],
                              [dict(ABORT, fate="aborted_unread", bytes_received=11,
                                    bytes_unread=10)]),
    "mptcp_linger": ([LEFT], [RESET]),
    "mptcp_linger_at_plain": ([LEFT], [RESET]),
    "mptcp_server_lingers": ([RESET], [LEFT]),
    "mptcp_disconnect": ([dict(ABORT, fate="aborted_disconnect", close_how=None)], [RESET]),
    "mptcp_reset_before_accept": ([LEFT], [dict(OPEN, fate="reset_before_accept",
                                                closed_first="remote", errno="ECONNRESET",
                                                rst_received=True, rst_sent=False)]),
    "mptcp_never_accepted": ([RESET], [dict(ABORT, fate="never_accepted", close_how=None,
                                            owner_from="listen")]),
    "forked": ([dict(SECOND, bytes_received=1, eof_read=True)],
               [dict(FIRST, close_how="signal:9", bytes_sent=1, bytes_acked=1, comm="server",
                     owner_from="close")]),
    "preforked": ([dict(SECOND, bytes_sent=1, bytes_acked=1)],
                  [dict(FIRST, bytes_received=1, comm="accepter")]),
}
# What makes a clean end abnormal.
DEATHS = ("signal:9", "signal:11", "oom")
# Resets without a connection, from either end. (memory: the RST is behind a FIN that was lost, so
# the peer asks with a challenge ACK, RFC 5961, and meets nobody.)
RESETS = {"refused": ["refused_inbound", "refused_inbound"], "not_written": ["refused_inbound"],
          "memory": ["stray_segment"], "turned_away": ["turned_away"]}
# What a listener sends is seen on every kernel.
ALWAYS = {"turned_away"}

# The fates that rest on what not every kernel provides: by scenario and side, the row of TF_NEED.
NEEDS = {(name, "client"): ("aborted_late_data", "rst_bare")
         for name in ("late_data_minisock", "no_minisock")}


class Kernel:
    """What a kernel shows, as `doctor -j` says with the same options."""

    def __init__(self, doctor, stats=None, slow=False):
        """@stats: of the run, which counts the calls of accept() that a preempted program was
        skipped for. @slow: emulated."""
        self.slow = slow
        self._unsure = bool(stats and stats["hooks"]["inet_csk_accept"]["lost"])
        self.hooks = {hook["name"]: hook["attach_method"] for hook in doctor["hooks"]}
        self._called = {(row["fate"], row["capability"]): row["degraded_to"]
                        for row in doctor["fates"]
                        if not row["here"]}

    def without(self, scenario, side):
        """What the fate is called here; None: by its own name."""
        return self._called.get(NEEDS.get((scenario, side)))

    @property
    def shows_bare_resets(self):
        """Those of minisocks and without a socket; "some": by a kprobe, which may be skipped."""
        if "rst_bare" not in {needs for _, needs in self._called}:
            return "all"
        return "some" if self.hooks["tcp_v4_send_reset"] else "none"

    @property
    def accepters(self):
        """The values of owner_from of a server's end: a kretprobe may be skipped."""
        how = self.hooks["inet_csk_accept"]
        return ["close"] if not how else \
            ["accept", "close"] if how == "kretprobe" or self._unsure else ["accept"]


class Line:
    """One line of the program: a connection that it has made."""

    def __init__(self, text):
        self.name, self.family, *numbers, client, server = text.split()
        self.client_port, self.server_port, self.client_pid, self.server_pid = map(int, numbers)
        self.errno = {"client": client, "server": server}

    def pid(self, side):
        return self.client_pid if side == "client" else self.server_pid

    def ports(self, side):
        pair = (self.client_port, self.server_port)
        return pair if side == "client" else pair[::-1]

    def records(self, side, records):
        """Those of this end. (A port that was never chosen is null.)"""
        local, remote = self.ports(side)
        return [r for r in records if r["type"] == "conn" and r["family"] == self.family
                and r["local_port"] == (local or None) and r["remote_port"] == remote]


def differences(record, want):
    wanted = dict(want)
    if "states" in wanted and record["role"] == "client":
        wanted["states"] = ["SYN_SENT", *wanted["states"]]
    seen = dict(record, states=[state for state, _ in record["states"]])
    return [f"{name} is {seen.get(name)!r}, expected {value!r}"
            for name, value in wanted.items() if seen.get(name) != value]


def expected(line, side, life, record, kernel):
    """The record of one end on this kernel, with its owner and what its own call returned."""
    want = dict(complete=True, origin="event", role=side, pid=line.pid(side), comm=line.name[:15])
    want["owner_from"] = "connect" if side == "client" else record["owner_from"] \
        if record["owner_from"] in kernel.accepters else kernel.accepters
    want["abnormal"] = not life["fate"].startswith("closed_") or life["close_how"] in DEATHS
    want.update(life)
    if kernel.slow and line.name == "reset_while_hung" and side == "server":
        # All waits are long there: accept() comes before the record.
        want.update(owner_from=record["owner_from"], errno_delivered=record["errno_delivered"])
    if line.errno[side] != "-":
        want["errno"] = line.errno[side]
        if life["errno"] != line.errno[side]:
            want["errno of the call"] = life["errno"]
    without = kernel.without(line.name, side)
    if without and (kernel.shows_bare_resets == "none" or record["fate"] == without):
        want.update(fate=without, rst_sent=None,
                    abnormal=not without.startswith("closed_") or life["close_how"] in DEATHS)
    elif kernel.shows_bare_resets != "all" and want["fate"] == "closed_by_local" and \
            record["fin_received"] is None:
        want["rst_sent"] = None  # its minisock may have sent one
    return want


def judge_side(line, side, records, kernel):
    lives = SCENARIOS[line.name][side == "server"]
    if line.name == "handshake_failed" and side == "server":
        return []  # one socket is both ends
    found = line.records(side, records)
    where = f"{line.name}, {line.family}, {side}"
    if len(found) != len(lives):
        return [f"{where}: {[r['fate'] for r in found]}, expected {len(lives)} records"]
    return [f"{where}: {what}" for record, life in zip(found, lives)
            for what in differences(record, expected(line, side, life, record, kernel))]


def judge_resets(line, records, kernel):
    """On a machine too slow for its timers a segment is sent again needlessly and may meet nobody
    any more: the kernel's own doing, and reported as it is."""
    found = [r["kind"] for r in records if r["type"] == "reset" and r["family"] == line.family and
             (r["local_port"], r["remote_port"]) in (line.ports("server"), line.ports("client"))]
    due = RESETS.get(line.name, [])
    if kernel.slow:
        found = [kind for kind in found if kind in due]
    shown = "all" if ALWAYS.issuperset(due) and due else kernel.shows_bare_resets
    if found == due if shown == "all" else not found if shown == "none" else len(found) <= len(due):
        return []
    return [f"{line.name}, {line.family}: reset records {found}, expected {due} ({shown})"]


def judge(line, records, kernel):
    """What is wrong with the @records of a connection."""
    return (judge_side(line, "client", records, kernel) +
            judge_side(line, "server", records, kernel) + judge_resets(line, records, kernel))


def skipped(text):
    """{(scenario, family): why} of what could not be made there."""
    return {(row[1], row[2]): " ".join(row[3:]) for row in map(str.split, text.splitlines())
            if row and row[0] == "skip"}


def lines(text):
    return [Line(row) for row in text.splitlines() if re.match(r"\w+ ipv[46] \d", row)]


def fates_of(name):
    """The fates that a scenario shows."""
    return {life["fate"] for lives in SCENARIOS[name] for life in lives}
