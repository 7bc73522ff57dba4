# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What build/witness has written down, put together: for each end of a connection its calls and its
segments. See tests/witness/witness.h.
"""
import bisect
import collections
import dataclasses

FIN, SYN, RST, ACK = 1, 2, 4, 16
SETTLE_NS = 5_000  # a time stamp and what it stamps
CLOSE_NS = 60_000  # nearer than that, two things on two CPUs can have come in either order
CALL_FIELDS = ("begun", "ended", "handle", "ending", "worker", "number", "pid", "comm", "name",
               "argument", "answer", "error", "local_addr", "local_port", "remote_addr",
               "remote_port")
TEXTS = {"ending", "comm", "name", "error", "local_addr", "remote_addr"}
FOREVER = 1 << 63


class Call:
    __slots__ = CALL_FIELDS

    def __init__(self, line):
        for field, text in zip(CALL_FIELDS, line.rstrip("\n").split("\t")):
            setattr(self, field, text if field in TEXTS else int(text))
        self.ended = self.ended or FOREVER
        for field in ("local_addr", "remote_addr"):
            setattr(self, field, getattr(self, field).removeprefix("::ffff:"))

    @property
    def failed(self):
        return self.error != "-"

    def text(self, zero):
        end = f"{(self.ended - zero) / 1000:.1f}" if self.ended != FOREVER else "never"
        ends = f" {self.local_addr}:{self.local_port} > {self.remote_addr}:{self.remote_port}" \
            if self.local_port else ""
        return (f"{(self.begun - zero) / 1000:12.1f} .. {end:>9}  {self.comm}[{self.pid}] socket "
                f"{self.handle}: {self.name}({self.argument}) = {self.answer} "
                f"{self.error if self.failed else ''}{ends}")


class Segment:
    __slots__ = ("time", "src", "dst", "flags", "seq", "ack", "size", "window")

    def __init__(self, line):
        time, src, sport, dst, dport, flags, seq, ack, size, window = line.split("\t")
        self.time, self.src, self.dst = int(time), (src, int(sport)), (dst, int(dport))
        self.flags, self.seq, self.ack = int(flags), int(seq), int(ack)
        self.size, self.window = int(size), int(window)

    def text(self, zero):
        names = "".join(letter for bit, letter in ((SYN, "S"), (FIN, "F"), (RST, "R"), (ACK, "."))
                        if self.flags & bit)
        return (f"{(self.time - zero) / 1000:12.1f}  {self.src[1]} > {self.dst[1]} [{names}] seq "
                f"{self.seq} ack {self.ack} length {self.size} window {self.window}")


def after(left, right):
    """left - right, of sequence numbers."""
    return (left - right + (1 << 31)) % (1 << 32) - (1 << 31)


class Talk:
    """The segments of one connection: from a SYN to what comes before the next one."""

    def __init__(self, first):
        self.opener, self.other = first.src, first.dst
        self.segments = [first]
        self.begun = first.time
        self.ends = {}  # (address, port): End

    def of(self, where):
        return [s for s in self.segments if s.src == where]


def talks(path):
    """{(one end, other end), sorted: [Talk]} and the segments that belong to none."""
    found, strays = collections.defaultdict(list), []
    with open(path, encoding="ascii") as lines:
        segments = sorted((Segment(line) for line in lines), key=lambda s: s.time)
    for segment in segments:
        here = found[min(segment.src, segment.dst), max(segment.src, segment.dst)]
        now = here[-1] if here else None
        if segment.flags & SYN and segment.flags & ACK and answers_older(segment, here):
            here[-2].segments += here.pop().segments
            now = here[-1]
        if segment.flags & (SYN | ACK) == SYN and begins(segment, now):
            here.append(Talk(segment))
        elif now:
            now.segments.append(segment)
        else:
            strays.append(segment)
    return found, strays


def answers_older(answer, here):
    """Whether a SYN-ACK is of the socket whose SYN began the talk before: its RST came too late."""
    return len(here) > 1 and here[-2].opener == answer.src and \
        here[-2].segments[0].seq == answer.seq and here[-1].opener != answer.src


def begins(syn, now):
    """Whether a SYN begins another connection: not if it is the same again, or crosses a first
    one."""
    if not now:
        return True
    if any(s.seq == syn.seq and s.src == syn.src for s in now.segments if s.flags & SYN):
        return False
    mine = any(s.src == syn.src and s.flags & SYN for s in now.segments)
    return mine or any(s.flags & (RST | FIN) for s in now.segments) or \
        any(s.src == syn.src for s in now.segments)


@dataclasses.dataclass
class End:
    """One end of a connection, as its application and the wire know it."""
    role: str
    local: tuple
    remote: tuple
    calls: list          # of its socket, within this life
    talk: Talk = None    # None: no segment was sent
    opened: Call = None  # the connect() or accept(); None: nobody accepted it
    listener: list = ()  # the calls of its listener
    maybe: bool = False  # its listener closed as it came: perhaps no such end was ever made

    @property
    def ending(self):
        return self.calls[0].ending if self.calls else self.listener[0].ending

    def named(self, *names):
        return [call for call in self.calls if call.name in names]

    def time(self):
        return self.talk.begun if self.talk else self.opened.begun


class Account:
    """All ends of a run, matched with what was sent."""

    def __init__(self, folder):
        with open(f"{folder}/calls.tsv", encoding="ascii") as lines:
            self.calls = sorted((Call(line) for line in lines), key=lambda c: c.begun)
        self.talks, self.strays = talks(f"{folder}/packets.tsv")
        self.by_handle = collections.defaultdict(list)
        for call in self.calls:
            self.by_handle[call.handle].append(call)
        self.ends = []
        self.problems = []
        self._listeners()
        for calls in self.by_handle.values():
            self._clients(calls)
        for calls in self.by_handle.values():
            self._accepted(calls)
        self._unaccepted()
        self.ends.sort(key=End.time)

    def _listeners(self):
        self.listeners = collections.defaultdict(list)  # by (address, port)
        for calls in self.by_handle.values():
            for call in calls:
                if call.name == "listen" and not call.failed:
                    self.listeners[call.local_addr, call.local_port].append(calls)

    def listener_of(self, where, time):
        for calls in self.listeners.get(where, ()):
            closed = [c for c in calls if c.name == "close"]
            if calls[0].begun <= time and (not closed or time <= closed[-1].ended):
                return calls
        return None

    def _clients(self, calls):
        connects = [c for c in calls if c.name == "connect"]
        for call, following in zip(connects, connects[1:] + [None]):
            life = [c for c in calls if c.begun >= call.begun
                    and (not following or c.begun < following.begun)]
            before = [c for c in calls if c.begun < connects[0].begun]
            # What was set before counts for every life.
            life = before + life
            closed = max((c.ended for c in life if c.name in ("close", "kill", "exit")),
                         default=FOREVER)
            self._client(call, life, following.begun if following else closed)

    def _client(self, call, life, until):
        address = call.local_addr if call.local_addr not in ("-", "0.0.0.0", "::") else None
        remote = call.remote_addr if call.remote_addr not in ("-", "0.0.0.0", "::") else None
        candidates = []
        if address and call.local_port:
            one, other = (address, call.local_port), (remote or address, call.argument)
            candidates = self.talks.get((min(one, other), max(one, other)), ())
        else:
            candidates = self._by_time(call)
        for talk in candidates:
            port = call.local_port
            opened = talk.opener if port == 0 else (talk.opener[0], port)
            mine = [s for s in talk.segments if s.src == opened and s.flags & (SYN | ACK) == SYN]
            if opened in talk.ends or not mine or \
                    not call.begun - SETTLE_NS <= mine[0].time < until:
                continue
            peer = talk.other if opened == talk.opener else talk.opener
            end = End("client", opened, peer, life, talk, call)
            talk.ends[opened] = end
            self.ends.append(end)
            return
        if call.error in ("EINPROGRESS",) or (call.failed and call.error != "EADDRNOTAVAIL"
                                              and not call.error == "ENETUNREACH"):
            self.problems.append(("no segment of a connect()", call))
        self.ends.append(End("client", (address, call.local_port),
                             (remote or address, call.argument), life, None, call))

    def _by_time(self, call):
        """A port that nobody knows: found by when its SYN was sent."""
        if not hasattr(self, "_openings"):
            every = sorted((talk for some in self.talks.values() for talk in some),
                           key=lambda t: t.begun)
            self._openings = [t.begun for t in every], every
        times, every = self._openings
        for talk in every[bisect.bisect_left(times, call.begun):]:
            if talk.begun > call.ended:
                break
            if talk.other[1] == call.argument:
                yield talk

    def _accepted(self, calls):
        if calls[0].name != "accept" or calls[0].failed:
            return
        call = calls[0]
        local, remote = (call.local_addr, call.local_port), (call.remote_addr, call.remote_port)
        for talk in reversed(self.talks.get((min(local, remote), max(local, remote)), ())):
            if talk.begun < call.ended and local == talk.other and local not in talk.ends:
                talk.ends[local] = End("server", local, remote, calls, talk, call,
                                       self.by_handle[call.argument])
                self.ends.append(talk.ends[local])
                return
        self.problems.append(("no segment of an accept()", call))

    def _unaccepted(self):
        """A child that nobody accepted shows by what it sent, or by the acknowledgement that must
        have made it, to a listener that was there."""
        for some in self.talks.values():
            for talk in some:
                where = talk.other
                listener = self.listener_of(where, talk.begun)
                if where in talk.ends or not listener or where == talk.opener:
                    continue
                child = self._is_child(talk, listener)
                if child is not False:
                    talk.ends[where] = End("server", where, talk.opener, [], talk, None, listener,
                                           child is None)
                    self.ends.append(talk.ends[where])

    @staticmethod
    def _is_child(talk, listener):
        answers = [s for s in talk.of(talk.other) if s.flags & SYN]
        if not answers:
            return False
        if any(not s.flags & SYN and (s.flags & (RST | ACK)) != RST for s in talk.of(talk.other)):
            return True
        closed = [c for c in listener if c.name == "close"]
        for segment in talk.of(talk.opener):
            if segment.flags & (SYN | ACK | RST) == ACK and segment.time > answers[0].time:
                if not closed or segment.time < closed[-1].begun - CLOSE_NS:
                    return True
                return None if segment.time < closed[-1].ended else False
        return False
