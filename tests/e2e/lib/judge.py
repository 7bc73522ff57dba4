# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What must stand in the record of an end, from its calls and segments alone.

Nothing here knows the rules of user/core/fate/. A fate follows from what is on the wire (whose FIN
first, who sent which RST in answer to what) and from which call was under way then. Where segments
of both sides cross, or a call and a segment are closer than a clock can show, several answers are
right: then the set has more than one.

On the wire, two kinds of RST differ: one that a socket sends of its own accord carries
an ACK (tcp_send_active_reset()), one that answers a segment with an ACK does not
(tcp_v4_send_reset()).
"""
from lib.accounts import ACK, CLOSE_NS, FIN, FOREVER, RST, SYN, after

LATE_NS = 60_000_000  # the record of a dead socket that is held is written some 100 ms after
GIVEN_UP_NS = 2_000_000_000 # with one retry, the longest pause of a timer of this namespace
RESETS = {"reset_by_remote", "reset_after_remote_fin", "reset_after_local_fin",
          "reset_before_accept"}
UNKNOWN = "unknown"


class View:
    """The segments of one end, numbered from its own and its peer's first byte."""

    def __init__(self, end):
        self.end, talk = end, end.talk
        deaf = end.named("filter") or [c for c in end.listener if c.name == "filter"
                                       and end.opened is None]
        self.deaf = deaf[0].ended if deaf else FOREVER
        self.out = [s for s in talk.segments if s.src == end.local] if talk else []
        self.arrived = [s for s in talk.segments if s.src == end.remote] if talk else []
        self.came = self._from_syn([s for s in self.arrived if s.time < self.deaf])
        self.first = self._first(self.out)
        self.peer_first = self._first(self.came)
        self.fin = next((s for s in self.out if s.flags & FIN), None)
        self.fin_end = self.sent_to(self.fin) if self.fin else None
        self.got = self._got()
        self.peer_fin = self._peer_fin()
        self.fin_acked = self._acknowledged(self.fin_end) if self.fin else None
        self.syn_acked = self._acknowledged(1) if self.first is not None else None

    @staticmethod
    def _from_syn(segments):
        """What comes before the SYN is of an older connection; but an RST may be the answer."""
        begin = next((s.time for s in segments if s.flags & SYN), FOREVER)
        return [s for s in segments if s.time >= begin or s.flags & RST]

    @staticmethod
    def _first(segments):
        return next((s.seq for s in segments if s.flags & SYN), None)

    def sent_to(self, segment):
        """The number behind a segment of ours. The SYN is 0."""
        return after(segment.seq, self.first) + segment.size + bool(segment.flags & SYN) + \
            bool(segment.flags & FIN)

    def came_to(self, segment):
        return after(segment.seq, self.peer_first) + segment.size + bool(segment.flags & SYN) + \
            bool(segment.flags & FIN)

    def acks(self, segment):
        return after(segment.ack, self.first)

    def _acknowledged(self, number):
        """When the first segment came that acknowledges that much."""
        for segment in self.came:
            if segment.flags & ACK and not segment.flags & RST and self.acks(segment) >= number:
                return segment.time
        return None

    def _got(self):
        """[(time, what had come in order by then)]."""
        found, number, waiting = [], 0, []
        if self.peer_first is None:
            return found
        for segment in self.came:
            if segment.flags & RST:
                continue
            waiting.append((after(segment.seq, self.peer_first), self.came_to(segment)))
            moved = True
            while moved:
                moved = False
                for begin, end in waiting:
                    if begin <= number < end:
                        number, moved = end, True
            waiting = [pair for pair in waiting if pair[1] > number]
            found.append((segment.time, number))
        return found

    def got_at(self, time):
        return max((number for when, number in self.got if when <= time), default=0)

    def _peer_fin(self):
        """When the peer's FIN had come, with all before it, and the number behind it."""
        fin = next((s for s in self.came if s.flags & FIN), None)
        if not fin or self.peer_first is None:
            return None
        behind = self.came_to(fin)
        return next(((when, behind) for when, number in self.got if number >= behind), None)

    def said_at(self, time):
        """The last number that this end had acknowledged."""
        return max((after(s.ack, self.peer_first) for s in self.out
                    if s.flags & ACK and not s.flags & RST and s.time <= time - CLOSE_NS),
                   default=0)

    def sent(self):
        """Bytes of data that were sent, once each."""
        most = max((self.sent_to(s) - bool(s.flags & FIN) for s in self.out
                    if s.size and not s.flags & RST), default=1)
        return max(0, most - 1)

    def acked_at(self, time):
        """... and acknowledged by then."""
        most = max((self.acks(s) for s in self.came if s.flags & ACK and not s.flags & RST
                    and s.time <= time), default=1)
        return max(0, min(most - 1, self.sent()))

    def bytes_of(self, number):
        """Bytes of data that the peer's number stands for."""
        fin = self.peer_fin is not None and number >= self.peer_fin[1]
        return max(0, number - 1 - fin)


class Within:
    """Numbers from @low to @high."""

    def __init__(self, low, high):
        self.low, self.high = int(min(low, high)), int(max(low, high))

    def __contains__(self, value):
        return value is not None and self.low <= value <= self.high

    def __iter__(self):
        return iter((self.low, "to", self.high))


class Judge:
    """expect: {field of the record: set of values that are right}."""

    def __init__(self, end):
        self.end, self.view = end, View(end)
        self.expect, self.why = {}, ""
        self.resets = [s for s in self.view.out if s.flags & RST and self._is_own(s)]
        self.own_abort = next((s for s in self.resets if s.flags & ACK), None)
        self.answers = [s for s in self.resets if not s.flags & ACK]
        self.ended_ns, self.late = None, None  # late: when what came too late came
        self._judge()

    # What the application did.

    def _calls_at(self, time, *names, slack=CLOSE_NS):
        return [c for c in self.end.named(*names)
                if c.begun - slack <= time <= c.ended + slack]

    def _released(self):
        """The last close of the socket by anybody: (call, how)."""
        calls = self.end.calls
        for call in reversed(calls):
            if call.name == "kill":
                return call, "signal:9" if call.argument else None
            if call.name == "exit":
                return call, "exit"
            if call.name == "close" and not call.argument:
                return call, "close"
        return None, None

    def _letting_go(self):
        """The call that orphaned the socket, as a period: (from, to), how, pid, comm."""
        kid = next((c for c in self.end.calls if c.name == "fork"), None)
        waited = next((c for c in self.end.calls if c.name == "kill"), None)
        exited = next((c for c in self.end.calls if c.name == "exit"), None)
        if kid and waited:
            how = {0: "close", 1: "exit", 2: "signal:9"}[kid.argument]
            begun = exited.begun if exited else waited.begun
            for call in self.end.calls:
                if call.name == "close" and call.pid == kid.answer:
                    begun = call.begun
            return begun, waited.ended, how, kid.answer, f"kid{kid.worker}"
        closes = [c for c in self.end.calls if c.name == "close"]
        if not closes:
            return None
        call = closes[-1]
        return call.begun, call.ended, "close", call.pid, call.comm

    def _shutdowns(self):
        return [c for c in self.end.named("shutdown") if c.argument in (1, 2) and not c.failed]

    def _closing(self):
        """When the application first ended its direction: (from, to), how."""
        found = [(c.begun, c.ended, "shutdown") for c in self._shutdowns()]
        gone = self._letting_go()
        if gone:
            found.append(gone[:3])
        return min(found) if found else None

    def _read_by(self, time):
        return sum(c.answer for c in self.end.named("recv") if c.answer > 0 and c.ended <= time)

    def _has(self, name):
        return bool(self.end.named(name)) or (self.end.role == "server" and any(
            c.name == name for c in self.end.listener))

    def _is_own(self, rst):
        """An RST with ACK also answers a SYN, by number 0."""
        return rst.seq != 0 or self.view.first == 0

    # What ended it.

    def _judge(self):
        end = self.end
        if end.local == end.remote:
            return self._say({"closed_simultaneously"}, "connected to itself")
        if not end.talk:
            return self._not_sent()
        if end.role == "client" and not self._opened():
            return self._not_opened()
        if self.own_abort:
            return self._aborted()
        late, reset, orderly = self._late_data(), self._reset(), self._orderly()
        if reset and self._gave_up_before(reset.time):
            return self._otherwise()
        if late and not (reset and reset.time < late[0].time):
            fates = {"aborted_linger"} if self._has("linger2") else {"aborted_late_data"}
            self.late = late[0].time
            return self._ended(fates, late[1].time, "data came after the close: an RST in answer")
        if reset and not (orderly and orderly[2] < reset.time - CLOSE_NS):
            fates = self._reset_fates(reset)
            if orderly and orderly[1] <= reset.time + CLOSE_NS:
                fates |= orderly[0]
            return self._ended(fates | self._silently(reset.time), reset.time, "an RST came")
        if orderly:
            return self._ended(orderly[0] | self._silently(orderly[1]), orderly[1],
                               "both had what the other sent")
        return self._otherwise()

    def _gave_up_before(self, time):
        """A timer had ended it: a call returned that, or it has long been silent with something
        that was not acknowledged."""
        view = self.view
        if self._timed_out() < time:
            return True
        last = max((s.time for s in view.out if s.time < time), default=time)
        waits = view.fin and (view.fin_acked is None or view.fin_acked > time) or \
            view.acked_at(time) < view.sent()
        return waits and time - last > GIVEN_UP_NS

    def _opened(self):
        """Whether a client's connection came to be: its SYN was acknowledged, or another SYN
        came."""
        return self.view.syn_acked is not None and self.view.peer_first is not None

    def _not_sent(self):
        if self.end.opened.error == "EADDRNOTAVAIL":
            return self._say({"connect_failed_local"}, "no local port")
        return self._say({"connect_abandoned"}, "no SYN was sent")

    def _not_opened(self):
        view = self.view
        reset = next((s for s in view.came if s.flags & RST), None)
        gave_up = [c for c in self.end.named("close", "shutdown", "unspec", "kill")
                   if not (c.name == "close" and c.argument) and c.begun > self.end.opened.begun]
        crossed = any(s.flags & SYN and s.flags & ACK for s in view.out) # so it was in SYN_RECV
        fates = set()
        if reset:
            fates.add("handshake_failed" if crossed else "connect_refused")
            # What comes during connect() is handled before it returns.
            if gave_up and gave_up[0].begun < reset.time + CLOSE_NS and \
                    reset.time > self.end.opened.ended:
                fates.add("connect_abandoned")
            self.ended_ns = reset.time
            return self._say(fates, "the SYN was answered by an RST")
        if any(c.error == "ETIMEDOUT" for c in self.end.calls):
            return self._say({"connect_timeout"}, "no answer, ETIMEDOUT")
        if self.end.named("destroy"):
            return self._say({"aborted_by_admin"}, "destroyed")
        return self._say({"connect_abandoned"}, "given up")

    def _aborted(self):
        """The RST was our own: which call sent it?"""
        rst, view = self.own_abort, self.view
        time = rst.time
        number = after(rst.ack, view.peer_first) if view.peer_first is not None else 0
        unread = view.bytes_of(number) - self._read_by(time + CLOSE_NS)
        gone = self._letting_go()
        fates = set()
        if self._calls_at(time, "destroy"):
            fates = {"aborted_by_admin"}
        elif self._has("keepalive") and self._timed_out() < FOREVER:
            fates = {"keepalive_timeout"}
        elif self._calls_at(time, "unspec"):
            fates = {"aborted_disconnect"}
        elif self.end.opened is None:
            fates = {"never_accepted"}
        elif gone and gone[0] - CLOSE_NS <= time <= gone[1] + CLOSE_NS:
            if unread > 0:
                fates = {"aborted_unread"}
                # MPTCP may send its data twice: what is unread is then not on the wire.
                if self._is_mptcp() and self._has("linger"):
                    fates.add("aborted_linger")
            elif self._has("linger"):
                fates = {"aborted_linger"}
            elif self._has("linger2"):
                fates = {"aborted_linger"}
            else:
                fates = {"aborted_unread"}
        return self._ended(fates or {"an abort without a call"}, time,
                           f"it sent an RST of its own accord, {unread} bytes unread")

    def _late_data(self):
        """(what came after we had closed, the RST that answered it), the first such pair."""
        view, closing = self.view, self._closing_both()
        for rst in self.answers:
            if closing is None or rst.time < closing:
                continue
            said = view.said_at(rst.time)
            asked = [s for s in view.came if s.time <= rst.time + 1000 and s.ack == rst.seq
                     and s.flags & ACK and not s.flags & (RST | SYN)]
            data = [s for s in asked if s.size and view.came_to(s) > said]
            if data or (self._has("linger2") and asked):
                return (data or asked)[0], rst
        return None

    def _closing_both(self):
        """When the application had ended both directions, or began to."""
        gone = self._letting_go()
        both = [c.begun for c in self._shutdowns() if c.argument == 2] + ([gone[0]] if gone else [])
        reads = [c.begun for c in self.end.named("shutdown") if c.argument == 0]
        writes = [c.begun for c in self.end.named("shutdown") if c.argument == 1]
        if reads and writes:
            both.append(max(min(reads), min(writes)))
        return min(both, default=None)

    def _reset(self):
        """The RST from the peer that met a socket which could take it."""
        view = self.view
        for rst in view.came:
            if not rst.flags & RST:
                continue
            if view.peer_first is None:
                return rst
            if not view.out or rst.time < view.out[0].time:
                continue
            number = after(rst.seq, view.peer_first)
            if view.said_at(rst.time) - 1 <= number <= view.got_at(rst.time + CLOSE_NS) + 1:
                return rst
        return None

    def _accepted_by(self, time):
        """True, False, or None: at that moment."""
        if self.end.role == "client":
            return True
        call = self.end.opened
        if call is None or time < call.begun - CLOSE_NS:
            return False
        return True if time > call.ended + CLOSE_NS else None

    def _reset_fates(self, rst):
        view, accepted = self.view, self._accepted_by(rst.time)
        if accepted is False:
            return {"reset_before_accept"}
        fates = set() if accepted else {"reset_before_accept"}
        fin_came = view.peer_fin is not None and view.peer_fin[0] <= rst.time
        if view.fin: # sent while it was alive, so before the RST was handled
            first = self._we_were_first()
            if first is None:
                return fates | {"reset_after_local_fin", "reset_after_remote_fin"}
            return fates | {"reset_after_local_fin" if first else "reset_after_remote_fin"}
        # A FIN that waits behind data is on no wire.
        closing = self._closing() if self._unsent() else None
        if fin_came:
            if closing and closing[0] < view.peer_fin[0] + CLOSE_NS:
                fates.add("reset_after_local_fin")
            return fates | {"reset_after_remote_fin"}
        if closing and closing[1] < rst.time:
            return fates | {"reset_after_local_fin"}
        if closing and closing[0] < rst.time + CLOSE_NS:
            fates |= {"reset_after_local_fin"}
        return fates | {"reset_by_remote"}

    def _unsent(self):
        """Bytes that the application had written, and that were on no wire."""
        return sum(c.answer for c in self.end.named("send") if c.answer > 0) - self.view.sent()

    def _we_were_first(self):
        """Whether our FIN, which was sent, went out before the peer's came. None: unknown."""
        view, closing = self.view, self._closing()
        if view.peer_fin is None:
            return True
        if after(view.fin.ack, view.peer_first) < view.peer_fin[1]:
            return True
        waited = closing and any(s.size and s.time > closing[0] for s in view.out)
        if waited and closing[0] < view.peer_fin[0] + CLOSE_NS:
            return None
        return False

    def _orderly(self):
        """({fates}, when, at the latest when), if all that was sent was acknowledged, or is left to
        a minisock."""
        view, gone = self.view, self._letting_go()
        if not view.fin or view.fin_acked is None:
            return None
        first = self._we_were_first()
        if first is False:
            return {"closed_by_remote"}, view.fin_acked, view.fin_acked
        both = {"closed_by_remote", "closed_simultaneously"} if first is None else set()
        if view.peer_fin is None:
            if not gone:
                return None
            # A close() may take long, and the hand-off is at its end.
            return both | {"closed_by_local"}, max(view.fin_acked, gone[0]), \
                max(view.fin_acked, gone[1])
        time = max(view.fin_acked, view.peer_fin[0])
        if first is None:
            return both, time, time
        their = next(s for s in view.came if s.flags & FIN)
        if view.acks(their) >= view.fin_end:
            if gone:
                time = min(time, max(view.fin_acked, gone[0]))
            return {"closed_by_local"}, time, time
        return self._crossed(), time, time

    def _crossed(self):
        """Neither had seen the other's FIN: what came first after that?"""
        view = self.view
        if view.fin_acked < view.peer_fin[0] - CLOSE_NS:
            return {"closed_by_local"}
        # It answered the peer's FIN before its own was acknowledged.
        answered = any(s.time < view.fin_acked and s.flags & ACK and not s.flags & RST and
                       after(s.ack, view.peer_first) >= view.peer_fin[1] for s in view.out)
        if answered or view.fin_acked > view.peer_fin[0] + CLOSE_NS:
            return {"closed_simultaneously"}
        return {"closed_by_local", "closed_simultaneously"}

    def _silently(self, time):
        """What connect(AF_UNSPEC), or close() with linger 0, may have made of it by then: in
        LAST_ACK and CLOSING it sends nothing."""
        found = set()
        if any(c.begun < time + CLOSE_NS for c in self.end.named("unspec")):
            found.add("aborted_disconnect")
        gone = self._letting_go()
        if self.view.fin and self.end.named("linger") and gone and gone[0] < time + CLOSE_NS:
            found.add("aborted_linger")
        return found

    def _otherwise(self):
        """No segment ended it."""
        view = self.view
        if self.end.named("unspec"):
            return self._ended({"aborted_disconnect"}, self.end.named("unspec")[0].begun,
                               "disconnected without an RST")
        if self.end.named("destroy"):
            return self._ended({"aborted_by_admin"}, self.end.named("destroy")[0].begun,
                               "destroyed")
        sent = max((view.sent_to(s) for s in view.out if not s.flags & RST), default=0)
        acked = max((view.acks(s) for s in view.came if s.flags & ACK), default=0)
        window = next((s.window for s in reversed(view.came) if not s.flags & (RST | SYN)), 1)
        closing = self._closing()
        if not window and self._unsent() > 0:
            return self._ended({"zero_window_timeout"}, None, "a window that stayed closed")
        if view.fin or (closing and sent > acked and closing[0] < self._timed_out()):
            return self._ended({"close_timeout"}, None, "the FIN was never acknowledged")
        if self.end.named("user_timeout"):
            return self._ended({"user_timeout"}, None, "unanswered, with TCP_USER_TIMEOUT")
        if sent > acked and window:
            return self._ended({"retransmit_timeout"}, None, "data was never acknowledged")
        return self._ended({UNKNOWN + " to the judge"}, None, "nothing ended it")

    def _timed_out(self):
        return min((c.begun for c in self.end.calls if c.error == "ETIMEDOUT"), default=FOREVER)

    # What else the record has to say.

    def _say(self, fates, why):
        self.expect["fate"], self.why = fates, why
        end = self.end
        self.expect["origin"], self.expect["complete"] = {"event"}, {True}
        self.expect["role"] = {end.role}
        self.expect["uid"] = {0}
        self.expect["family"] = {"ipv6" if ":" in (end.local[0] or end.remote[0]) else "ipv4"}
        self._owner()
        if not end.talk or fates <= {"connect_refused", "connect_abandoned", "connect_timeout"}:
            self.expect["established"] = {False}
            self.expect["fin_sent"] = {False}
            self.expect["closed_first"] = {"local" if fate == "connect_abandoned" else None
                                           for fate in fates}

    def _ended(self, fates, time, why):
        self.ended_ns = time
        self._say(fates, why)
        self.expect["established"] = {True}
        self._fins()
        self._resets()
        self._bytes()
        if self._is_mptcp(): # the bytes of its application are others than the wire's
            for field in ("bytes_unread", "bytes_unsent"):
                del self.expect[field]
        self._errors()
        self.expect["closed_first"] = set().union(*(self._first_of(fate) for fate in fates))
        self._how(fates)

    def _is_mptcp(self):
        return self.end.ending == "mptcp"

    def _fin_came(self):
        """When the peer's FIN was received; None: never. Our own abort shows what had come."""
        fin = self.view.peer_fin
        if not fin:
            return None
        if self.own_abort:
            taken = after(self.own_abort.ack, self.view.peer_first) >= fin[1]
            return min(fin[0], self.own_abort.time - 2 * CLOSE_NS) if taken else None
        return fin[0]

    def _fins(self):
        view, end = self.view, self.ended_ns or FOREVER
        self.expect["fin_sent"] = {view.fin is not None}
        came = self._fin_came()
        if self.expect["fate"] & {"aborted_late_data", "aborted_linger"} and not self.own_abort:
            return # the FIN may have been what was answered
        if "closed_by_local" in self.expect["fate"]:
            self.expect["fin_received"] = {None, came is not None}
        elif came is None or came > end + CLOSE_NS:
            # Between CLOSE and the RST of a close() it reached this host, and nobody.
            at_last = self.own_abort and view.peer_fin and view.peer_fin[0] < self.own_abort.time
            self.expect["fin_received"] = {False, None} | ({True} if at_last else set())
        elif came < end - CLOSE_NS:
            self.expect["fin_received"] = {True}

    def _resets(self):
        end = self.ended_ns or FOREVER
        own = [s.time for s in self.resets if s.time <= end + CLOSE_NS]
        fates = self.expect["fate"]
        sure = any(time < end - CLOSE_NS for time in own) or self.own_abort or \
            fates == {"aborted_late_data"}
        self.expect["rst_sent"] = {True} if sure else {True, False} if own else {False}
        if fates <= RESETS:
            self.expect["rst_received"] = {True}
        elif not fates & RESETS:
            self.expect["rst_received"] = {False, None}

    def _bytes(self):
        view = self.view
        end = self.ended_ns or FOREVER
        before, behind = end - CLOSE_NS, end + CLOSE_NS
        sent = view.sent()
        acked = view.acked_at(before), view.acked_at(behind)
        got = [view.bytes_of(view.got_at(time)) for time in (before, behind)]
        if self.own_abort:
            got = [view.bytes_of(after(self.own_abort.ack, view.peer_first))] * 2
            calls = self._calls_at(end, "close", "kill", "unspec", "destroy")
            begun = min((c.begun for c in calls),
                        default=end)
            acked = view.acked_at(begun - CLOSE_NS), acked[1] # what came since then waits
        elif self.late is not None:
            acked = view.acked_at(self.late - 1), acked[1]
            got[0] = view.bytes_of(view.said_at(before))
        reads = [c for c in self.end.named("recv") if c.answer > 0]
        read = [sum(c.answer for c in reads if c.ended < before),
                sum(c.answer for c in reads if c.begun < behind)]
        sends = [c for c in self.end.named("send") if c.answer > 0]
        written = [sum(c.answer for c in sends if c.ended < before),
                   sum(c.answer for c in sends if c.begun < behind)]
        self.expect["bytes_sent"] = {sent}
        self.expect["bytes_acked"] = Within(*acked)
        self.expect["bytes_unacked"] = Within(sent - acked[1], sent - acked[0])
        self.expect["bytes_received"] = Within(*got)
        self.expect["bytes_unread"] = Within(max(0, got[0] - read[1]), max(0, got[1] - read[0]))
        self.expect["bytes_unsent"] = Within(max(0, written[0] - sent), max(0, written[1] - sent))

    def _errors(self):
        """The first error that a call returned, of those that the socket keeps."""
        closed = min((c.begun for c in self._shutdowns()), default=FOREVER)
        found = [c for c in self.end.named("connect", "recv", "send", "so_error")
                 if c.failed and c.error not in ("EAGAIN", "EINPROGRESS", "ENOTCONN")
                 and c.begun >= self.end.opened.begun
                 and not (c.name == "send" and c.error == "EPIPE" and closed < c.begun)]
        end = self.ended_ns or 0
        # EPIPE is also what send() returns when another call has taken the error.
        first = min(found, key=lambda c: (c.error == "EPIPE", c.ended), default=None)
        if not first:
            self.expect["errno_delivered"] = {False, None}
        elif self.expect["fate"] & {"aborted_disconnect"}:
            pass # what is left in SO_ERROR is our own doing
        elif self.ended_ns is None or first.ended < end + LATE_NS:
            self.expect["errno"] = {first.error}
            self.expect["errno_delivered"] = {True}
        if not first and self.expect["fate"] <= {"closed_by_local", "closed_by_remote",
                                                 "closed_simultaneously"}:
            self.expect["errno"] = {None}

    def _first_of(self, fate):
        """Who closed first, if that is the fate."""
        if fate in ("closed_by_remote", "closed_by_local", "closed_simultaneously"):
            return {{"remote": "remote", "local": "local"}.get(fate[10:], "both")}
        if fate in ("reset_by_remote", "reset_after_remote_fin"):
            return {"remote"}
        view, end = self.view, (self.ended_ns or FOREVER) + CLOSE_NS
        came = self._fin_came()
        theirs = came is not None and came <= end
        closing = self._closing()
        if view.fin and view.fin.time <= end:
            crossed = theirs and view.acks(next(s for s in view.came if s.flags & FIN)) < \
                view.fin_end
            first = self._we_were_first() if theirs else True
            return {"both", "local"} if first and crossed else {"local"} if first else \
                {"remote"} if first is False else {"local", "remote", "both"}
        if theirs:
            return {"remote"} if not closing or closing[0] > came + CLOSE_NS else \
                {"local", "remote", "both"}
        if fate == "reset_before_accept":
            return {"remote"}
        if fate.endswith("timeout"):
            return {None}
        # Our FIN waited behind unsent data: the RST was first on the wire.
        return {"remote"} if fate == "reset_after_local_fin" else {"local"}

    def _owner(self):
        end = self.end
        if not end.calls:
            listens = next(c for c in end.listener if c.name == "listen")
            self.expect["pid"], self.expect["comm"] = {listens.pid}, {listens.comm}
            return
        own, gone = end.calls[-1] if not end.opened else end.opened, self._letting_go()
        self.expect["pid"], self.expect["comm"] = {own.pid}, {own.comm}
        if gone and gone[3] != own.pid:
            alone = next(c.ended for c in end.named("close") if c.argument)
            late = self.ended_ns is not None and self.ended_ns < alone + CLOSE_NS
            # A close() after shutdown() changes no state, so it is on no hook.
            either = late or bool(self._shutdowns())
            self.expect["pid"] = {gone[3]} | ({own.pid} if either else set())
            self.expect["comm"] = {gone[4]} | ({own.comm} if either else set())

    def _how(self, fates):
        gone, shut = self._letting_go(), self._shutdowns()
        end = self.ended_ns or FOREVER
        if not gone or fates & (RESETS | {"aborted_disconnect", "aborted_by_admin",
                                          "never_accepted"}) or \
                fates & {"keepalive_timeout", "retransmit_timeout", "user_timeout",
                         "zero_window_timeout"}:
            return
        shut = [c for c in shut if c.begun < end]
        self.expect["close_how"] = {"shutdown"} if shut else {gone[2]}
        if self._is_mptcp(): # often a worker of the kernel closes the subflow
            self.expect["close_how"].add(None)
