# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A machine for one boot: a kernel, an archive of files for it to start with, QEMU's emulation.

What happens inside is tests/kernels/init. Its first serial port is the console, for people; on the
second, if there is one, it sends the files of its folder /out, as a tar archive in base64 between
two marks.
"""
import base64
import binascii
import gzip
import io
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

from debian import Unavailable

HERE = pathlib.Path(__file__).parent
COMMON = ("-smp 2 -m 512M -nodefaults -no-user-config -display none -no-reboot "
          "-accel tcg,thread=multi").split()
# Of each architecture: QEMU, its machine, the kernel's arguments, and the port for the results.
# (The arm64 machine has one port.)
QEMU = {
    "amd64": ("qemu-system-x86_64", "-M pc -cpu max", "console=ttyS0 panic=-1 quiet tsc=reliable",
              "/dev/ttyS1"),
    "arm64": ("qemu-system-aarch64", "-M virt -cpu max,pauth-impdef=on",
              "console=ttyAMA0 panic=-1 quiet", "/dev/ttyAMA0"),
}
# Emulation on several threads now and then trips over code that a booting kernel patches (a panic
# in a static branch, within two seconds). What has not reached /init has tested nothing: it boots
# again.
STARTED = "init: started"
BOOTS = 3
BEGIN, END = b"== results", b"== end"  # as in init
LIMIT = 300  # seconds; an idle machine needs thirty
FOLDERS = ("bin", "dev", "mod", "out", "proc", "run", "sys", "tmp")


def tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/bin")
    if not path:
        raise Unavailable(f"no {name} here")
    return path


def libraries(program):
    """The shared libraries that @program needs, and the loader."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


class Initramfs:
    """Files in cpio's "newc" form, as the kernel reads them."""

    def __init__(self):
        self.out = io.BytesIO()
        self.names = set()

    def add(self, name, mode, content=b""):
        parent = os.path.dirname(name)
        if parent and parent not in self.names:
            self.add(parent, 0o40755)
        if name in self.names:
            return
        self.names.add(name)
        fields = (len(self.names), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        self.out.write(b"070701" + b"".join(b"%08x" % field for field in fields))
        self.out.write(name.encode() + b"\0")
        self.pad()
        self.out.write(content)
        self.pad()

    def pad(self):
        self.out.write(bytes(-self.out.tell() % 4))

    def add_program(self, name, path):
        """The program, and its libraries where it looks for them."""
        self.add(name, 0o100755, pathlib.Path(path).read_bytes())
        for library in libraries(path):
            self.add(library.lstrip("/"), 0o100755, pathlib.Path(library).read_bytes())

    def packed(self):
        self.add("TRAILER!!!", 0)
        return gzip.compress(self.out.getvalue(), 1)


def initramfs(kernel, programs):
    made = Initramfs()
    for folder in FOLDERS:
        made.add(folder, 0o40755)
    made.add("init", 0o100755, (HERE / "init").read_bytes())
    made.add("tty", 0o100644, QEMU[kernel.arch][3].encode())
    for name, path in programs.items():
        made.add_program(f"bin/{name}", path)
    if kernel.modules and kernel.arch == "amd64":
        made.add_program("sbin/ip", tool("ip"))
    for module in kernel.modules:
        made.add(f"mod/{module.name}", 0o100644, module.read_bytes())
    return made.packed()


def unpacked(sent):
    """{name: bytes} of what came through a port, between the marks; the kernel may have said
    something meanwhile."""
    text = sent.rpartition(BEGIN)[2].partition(END)[0]
    lines = [line for line in text.split(b"\n") if re.fullmatch(rb"[A-Za-z0-9+/=]+\r?", line)]
    try:
        archive = io.BytesIO(base64.b64decode(b"".join(lines)))
        with tarfile.open(fileobj=archive) as tar:
            return {os.path.basename(member.name): tar.extractfile(member).read()
                    for member in tar if member.isfile()}
    except (binascii.Error, tarfile.TarError, EOFError, OSError):
        return {}


def boot(kernel, programs, folder):
    """Boots, waits for the end: ({name: bytes} of the machine's /out, its console's text). The
    programs by the names that they have there; busybox is one of them."""
    for _ in range(BOOTS):
        files, console = boot_once(kernel, programs, folder)
        if STARTED in console:
            break
    return files, console


def boot_once(kernel, programs, folder):
    name, machine, arguments, _ = QEMU[kernel.arch]
    qemu = tool(name)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        start, sent = pathlib.Path(place, "initramfs"), pathlib.Path(place, "sent")
        start.write_bytes(initramfs(kernel, programs))
        words = [qemu, *machine.split(), *COMMON, "-serial", "stdio",
                 *(["-serial", f"file:{sent}"] if kernel.arch == "amd64" else []),
                 "-kernel", kernel.image, "-initrd", start, "-append", arguments]
        try:
            console = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, timeout=LIMIT).stdout
        except subprocess.TimeoutExpired as late:
            console = (late.stdout or b"") + b"\n(stopped: %d s are the limit)" % LIMIT
        files = unpacked(sent.read_bytes() if sent.exists() else console)
    console = console.partition(BEGIN)[0]
    return files, console.decode(errors="replace").replace("\r", "")
