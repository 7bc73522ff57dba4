# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Runs build/tcpfate as a user of the command line would: any arguments, any output, any user.

lib/tcpfate.py is for what the records say; this is for how the program behaves.
"""
import json
import os
import signal
import subprocess
import threading
import time

from lib.sockets import until
from lib.tcpfate import PROGRAM, validator

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
          "--no-new-privs", "--"]


class Said:
    """How a command ended: `status` (negative: by a signal), `out` and `err` as text."""

    def __init__(self, done):
        self.status = done.returncode
        self.out, self.err = (text.decode("utf-8") if text else "" for text in
                              (done.stdout, done.stderr))

    @property
    def lines(self):
        """Without their ends. Only \n ends a line: a name may hold U+2028 and the like."""
        return self.out.removesuffix("\n").split("\n") if self.out else []

    def records(self):
        return [json.loads(line) for line in self.lines]

    def error_line(self):
        """The one line on stderr that a failure has to be."""
        assert self.err.endswith("\n") and self.err.count("\n") == 1, f"not one line: {self.err!r}"
        assert self.err.startswith("tcpfate: "), self.err
        return self.err[len("tcpfate: "):-1]


def tcpfate(*args, as_nobody=False, timeout=20, env=None, stdout=subprocess.PIPE):
    """Runs it to its end."""
    argv = (NOBODY if as_nobody else []) + [str(PROGRAM), *map(str, args)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=timeout, env={**os.environ, **(env or {})}, check=False)
    return Said(done)


def expect_valid(lines):
    """Every line is a record of the schema; the records."""
    check, records = validator(), []
    for line in lines:
        record = json.loads(line)
        wrong = next(check.iter_errors(record), None)
        assert wrong is None, f"{list(wrong.absolute_path)}: {wrong.message}\n{line}"
        records.append(record)
    return records


class IntoFile:
    """A tcpfate -j whose output is the file @path, which takes what a pipe's reader in Python would
    not. A context: gone in the end, however that came. `process` and `path` as they are."""

    def __init__(self, path, *options, env=None):
        self.path = path
        path.touch()
        self.process = subprocess.Popen([PROGRAM, "-j", "-o", path, *map(str, options)],
                                        env={**os.environ, **(env or {})})

    def __enter__(self):
        try:
            self.until(b'"type":"start"')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def until(self, text, count=1):
        """Until @text (bytes) stands in the file that often."""
        until(lambda: self.path.read_bytes().count(text) >= count, f"{count} of {text!r}")

    def end(self, timeout=60):
        """SIGTERM, an orderly end; the lines of the file."""
        self.process.terminate()
        return self.ended(timeout)

    def ended(self, timeout=60):
        """Awaits its end without a further signal, which would kill it. The lines of the file."""
        assert self.process.wait(timeout) == 0
        return self.path.read_text("utf-8").splitlines()


class Run:
    """A tcpfate that runs. Its output is collected by a thread, or, with collect=False, left alone
    in `process.stdout`. @via runs it (nohup...). Ready when @ready (default: the start record)
    stands in the output."""

    def __init__(self, *args, stdout=subprocess.PIPE, collect=True, ready=b'"type":"start"',
                 env=None, via=()):
        self.out, self.times, self._news = b"", [], threading.Condition()
        self.process = subprocess.Popen(
            [*via, str(PROGRAM), *map(str, args)], stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
        self._reader = None
        if collect:
            fd = self.process.stdout.fileno()
            self._reader = threading.Thread(target=self._read, args=(fd,), daemon=True)
            self._reader.start()
            try:
                self.wait(ready)
            except BaseException:
                self.remove()
                raise

    def _read(self, fd):
        while True:
            piece = os.read(fd, 1 << 16)
            with self._news:
                self.out += piece
                self.times += [time.time()] * piece.count(b"\n")
                self._news.notify_all()
            if not piece:
                return

    def wait(self, text, timeout=10.0):
        """Until the output holds @text (bytes)."""
        with self._news:
            there = self._news.wait_for(lambda: text in self.out, timeout)
        said = self.out[-2000:].decode(errors="replace")
        assert there, f"no {text!r} within {timeout} s in:\n{said}"

    def arrival(self, text):
        """When (time.time()) the line with @text came."""
        at = self.out.index(text)
        return self.times[self.out.count(b"\n", 0, at)]

    def end(self, number=signal.SIGINT, timeout=20.0):
        """Sends the signal; how it ended, with all that it wrote."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=timeout)
        err = self.process.stderr.read()
        if self._reader:
            self._reader.join(timeout=5)
        return Said(subprocess.CompletedProcess([], status, self.out, err))

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._reader:
            self._reader.join(timeout=5)
        for pipe in self.process.stdout, self.process.stderr:
            if pipe:
                pipe.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
