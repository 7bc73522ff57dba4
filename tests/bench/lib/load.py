# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The load: tests/bench/load.c in a namespace, and what a tracer has to say of it."""
import collections
import json
import mmap
import pathlib
import struct
import subprocess
import tempfile

from lib import host

WORKERS_MAX, LINE = 16, 64  # of struct board


class Load:
    """A load that runs; `done` is how many connections have ended so far."""

    def __init__(self, place, mix, count, **options):
        self._folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        board = pathlib.Path(self._folder.name) / "board"
        board.write_bytes(bytes(WORKERS_MAX * LINE))
        with open(board, "r+b") as file:
            self._board = mmap.mmap(file.fileno(), 0)
        self.place, self.count = place, count
        self.process = subprocess.Popen(
            [*place.enter, host.PROGRAMS / "load", mix, str(count), f"progress={board}",
             *(f"{name}={value}" for name, value in options.items())],
            stdout=subprocess.PIPE, env=host.WITH_SBIN)

    @property
    def done(self):
        return sum(struct.unpack_from("=Q", self._board, worker * LINE)[0]
                   for worker in range(WORKERS_MAX))

    def end(self):
        """Stops it before it is through."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self):
        self.process.stdout.close()
        self._board.close()
        self._folder.cleanup()

    def wait(self):
        """{rate, seconds, connections, fates: Counter} when it is through."""
        said = self.process.stdout.read()
        if self.process.wait():
            raise SystemExit("bench: the load failed")
        self._close()
        result = json.loads(said)
        fates = collections.Counter()
        for fate, count in result.pop("ends"):
            fates[fate] += count
        return {**result, "fates": fates, "rate": result["connections"] / result["seconds"]}


def run(place, mix, count, **options):
    return Load(place, mix, count, **options).wait()
