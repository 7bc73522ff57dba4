# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A process that stands for an application: it runs the statements that a test sends, line by line.

An owner's pid and name, an exit, a kill, a shared or a passed descriptor: all of that needs a
process that the test can let die. The parent sends Python statements; each is answered by its value
or by the name of the errno that it met. Run as a script this file is the child.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys

PRELUDE = """
import array, ctypes, errno, os, signal, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def name(comm):
    if libc.prctl(15, comm): raise OSError(ctypes.get_errno(), 'prctl')
"""


class Agent:
    """@netns is where its sockets live; @comm (bytes) what it calls itself; @uid who it is."""

    def __init__(self, netns, comm=b"e2e-agent", uid=None):
        ours, self._theirs = os.pipe(), os.pipe()
        self._answers = os.fdopen(ours[0], "r", encoding="utf-8")
        self._orders = os.fdopen(self._theirs[1], "w", encoding="utf-8")
        with netns:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(self._theirs[0]), str(ours[1])],
                pass_fds=(self._theirs[0], ours[1]), stdin=subprocess.DEVNULL,
                start_new_session=True)
        os.close(self._theirs[0])
        os.close(ours[1])
        self.pid = self.process.pid
        self.comm = comm
        self.run(f"name({comm!r})")
        if uid is not None:
            self.run(f"os.setuid({uid})")

    def start(self, code):
        """Sends @code without waiting for its answer: answer() has it."""
        self._orders.write(json.dumps(code) + "\n")
        self._orders.flush()

    def answer(self):
        line = self._answers.readline()
        assert line, "the agent has died"
        return json.loads(line)

    def attempt(self, code):
        """Runs @code; the name of the errno that it got, else None."""
        self.start(code)
        answer = self.answer()
        assert "failure" not in answer, answer["failure"]
        return answer.get("errno")

    def run(self, code):
        """Runs @code, which must not fail; the value of an expression."""
        self.start(code)
        answer = self.answer()
        assert "value" in answer, f"{code}: {answer}"
        return answer["value"]

    def end(self, code):
        """Runs @code, in which the agent ends."""
        self.start(code)
        self.process.wait(timeout=10)

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(timeout=10)

    def remove(self):
        """Ends it and all that it forked."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self._answers.close()
        try:
            self._orders.close()
        except BrokenPipeError:
            pass


def _obey(orders, answers):
    import errno
    world = {}
    exec(PRELUDE, world)
    for line in orders:
        code, answer = json.loads(line), {"value": None}
        try:
            try:
                call = compile(code, "order", "eval")
            except SyntaxError:
                exec(compile(code, "order", "exec"), world)
            else:
                value = eval(call, world)
                plain = isinstance(value, (int, str, bool, list, tuple, type(None)))
                answer["value"] = value if plain else None
        except OSError as error:
            answer = {"errno": errno.errorcode.get(error.errno, str(error))}
        except Exception as error:
            answer = {"failure": repr(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _obey(os.fdopen(int(sys.argv[1]), encoding="utf-8"),
          os.fdopen(int(sys.argv[2]), "w", encoding="utf-8"))
