# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Real servers in a namespace of a test: started, waited for until they listen, ended by pid."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from lib.sockets import until

HERE = pathlib.Path(__file__).parent


def listening(netns):
    """The ports on which somebody listens in a namespace."""
    found = set()
    with netns:
        for table in ("tcp", "tcp6"):
            with open(f"/proc/thread-self/net/{table}", encoding="ascii") as lines:
                for line in list(lines)[1:]:
                    local, state = line.split()[1], line.split()[3]
                    if state == "0A":
                        found.add(int(local.rsplit(":", 1)[1], 16))
    return found


class Daemon:
    """A server process. `dir` is its own directory, which goes with it."""

    def __init__(self, netns, ports):
        self.netns, self.ports = netns, set(ports)
        self.dir = tempfile.mkdtemp(prefix="tfe2e-programs-")
        os.chmod(self.dir, 0o755)
        self.process = None

    def start(self, argv):
        with self.netns:
            self.process = subprocess.Popen(
                argv, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
        try:
            until(lambda: self._failed() or self.ports <= listening(self.netns),
                  f"{argv[0]} on {self.ports}", timeout=15)
        except BaseException:
            self.remove()
            raise
        return self

    def _failed(self):
        assert self.process.poll() is None, self.process.stdout.read().decode(errors="replace")
        return False

    @property
    def pid(self):
        return self.process.pid

    def child(self):
        """The pid of its one child: nginx's worker."""
        def pids():
            with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
                return file.read().split()
        until(lambda: len(pids()) == 1, "one worker")
        return int(pids()[0])

    def configure(self, name, **values):
        """Fills @NAME@ of a file beside this one; the path of the result."""
        text = (HERE / name).read_text(encoding="utf-8")
        for key, value in dict(values, DIR=self.dir).items():
            text = text.replace(f"@{key}@", value)
        path = os.path.join(self.dir, name)
        pathlib.Path(path).write_text(text, encoding="utf-8")
        return path

    def end(self, signal_number=15):
        """Sends the signal and waits until the process is gone."""
        self.process.send_signal(signal_number)
        self.process.wait(timeout=10)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def nginx(netns, address):
    """nginx on port 80 of @address, with one worker that is not root."""
    server = Daemon(netns, [80])
    www = pathlib.Path(server.dir) / "www"
    www.mkdir()
    with open(www / "slow", "wb") as file:
        file.truncate(64 << 20)
    listen = f"[{address}]" if ":" in address else address
    return server.start(["nginx", "-c", server.configure("nginx.conf", LISTEN=listen),
                         "-e", server.dir + "/error.log"])


def haproxy(netns, address):
    """haproxy on 8080 (to port 80), 8081 (to a closed port), 8082 (to port 82: the test drops
    it)."""
    server = Daemon(netns, [8080, 8081, 8082])
    return server.start(["haproxy", "-db", "-f", server.configure("haproxy.cfg", IP=address)])


def redis(netns, address, *options):
    server = Daemon(netns, [6379])
    return server.start(["redis-server", "--bind", address, "--protected-mode", "no", "--save", "",
                         "--port", "6379", "--dir", server.dir, *options])


def forgetful(netns, address, port=7000):
    """A Python server that never closes."""
    server = Daemon(netns, [port])
    return server.start([sys.executable, "-I", "-S", str(HERE / "forgetful.py"), address,
                         str(port)])
