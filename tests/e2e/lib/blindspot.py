# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What BPF programs cannot see here: a witness for the one excuse that a test may have.

The kernel of some sandboxes calls no tracing program, of whatever kind, while a thread of its init
(pid 1) is on the CPU, and counts that nowhere; a softirq that interrupts such a thread then changes
sockets unseen. Seen on one such machine: in 4 s ftrace showed softirq_entry in a thread of pid 1,
and programs on tp_btf, raw_tp and the classic tracepoint had not been called for any.

ftrace itself is not affected. So it watches the same hooks for those threads alone: a test that
fails while it has shown an event there may be repeated; any other failure stands.
"""
import contextlib
import os
import pathlib
import subprocess
import tempfile

EVENTS = ("sock/inet_sock_set_state", "tcp/tcp_send_reset", "tcp/tcp_receive_reset",
          "tcp/tcp_destroy_sock", "tcp/tcp_retransmit_synack")


class BlindSpot:
    """An ftrace instance for the threads of pid 1; without tracefs it shows nothing, ever."""

    def __init__(self):
        self.shown = []  # lines of all marks before the last one
        self._mount = tempfile.mkdtemp(prefix="tfe2e-tracefs-")
        self._instance = None
        mounted = subprocess.run(["mount", "-t", "tracefs", "none", self._mount],
                                 capture_output=True, check=False)
        if mounted.returncode:
            return
        self._instance = pathlib.Path(self._mount, "instances", f"tfe2e-{os.getpid()}")
        self._sweep()
        try:
            self._instance.mkdir()
            self._set("buffer_size_kb", "64")
            self._follow()
            for event in EVENTS:
                if (self._instance / "events" / event).is_dir():
                    self._set(f"events/{event}/enable", "1")
        except OSError:
            self.remove()

    def _sweep(self):
        """Removes what runs that were killed have left: it would slow every later one."""
        for left in self._instance.parent.glob("tfe2e-*"):
            if not os.path.exists(f"/proc/{left.name.removeprefix('tfe2e-')}"):
                with contextlib.suppress(OSError):
                    left.rmdir()

    def _set(self, name, text):
        (self._instance / name).write_text(text, encoding="ascii")

    def _follow(self):
        self._set("set_event_pid", " ".join(os.listdir("/proc/1/task")))

    def _lines(self):
        if not self._instance:
            return []
        text = (self._instance / "trace").read_text(encoding="utf-8", errors="replace")
        return [line.strip() for line in text.splitlines() if line and not line.startswith("#")]

    def mark(self):
        """Begins anew; what was shown so far goes to `shown`. (init may have new threads. Opening
        the list of threads for writing empties it, and an empty list means all threads: nothing is
        traced while it is written.)"""
        self.shown += self._lines()
        if self._instance:
            self._set("tracing_on", "0")
            self._follow()
            self._set("trace", "")
            self._set("tracing_on", "1")

    def since_mark(self):
        """The events that no BPF program can have seen since mark(), as ftrace prints them."""
        return self._lines()

    def ever(self):
        return self.shown + self._lines()

    def remove(self):
        if self._instance and self._instance.exists():
            self._instance.rmdir()
        self._instance = None
        subprocess.run(["umount", self._mount], capture_output=True, check=False)
        pathlib.Path(self._mount).rmdir()
