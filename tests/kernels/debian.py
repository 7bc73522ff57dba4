# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Debian's cloud kernels: fetched with apt's own tools, without touching this machine's apt.

apt gets a configuration of its own: sources, lists, cache and state lie below the folder given,
only the archive's keyring is the system's. Of each package are kept the kernel image and those
modules that the tests load, uncompressed and in the order of their dependencies:

    FOLDER/6.1/vmlinuz  FOLDER/6.1/modules/NN_name.ko  FOLDER/6.1/package

Kernels of another architecture than amd64 lie in FOLDER/6.1-arm64.
"""
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = (("debian-security", "bullseye-security"), ("debian-security", "bookworm-security"),
          ("debian", "trixie-backports"), ("debian", "sid"))
LIMIT = 120  # seconds for one command, downloads among them
TRIES = 3    # of a download
MODULES = ("veth", "cifs", "tcp_diag")
# From 6.19 on linux-image-* is empty and depends on the other two.
KERNEL = r"linux-(image|binary)-(\d+\.\d+)\.\S+-cloud-{}(-unsigned)?$"
UNPACK = {".ko": bytes, ".xz": lzma.decompress,
          ".zst": lambda data: subprocess.run(["zstd", "-dcq"], input=data, capture_output=True,
                                              check=True).stdout}


class Unavailable(Exception):
    """Why a kernel cannot be had here. Reason to skip, not to fail."""


def command(*words, **more):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, **more)
    except FileNotFoundError as error:
        raise Unavailable(f"no {words[0]} here") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{' '.join(words[:2])}: not done within {LIMIT} s") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise Unavailable(f"{' '.join(words[:2])}: {said[-1]}")
    return done.stdout


class Archive:
    """apt with its own configuration below @folder."""

    def __init__(self, folder, arch="amd64"):
        self.folder = folder.resolve()
        self.arch = arch
        self.updated = False

    def configure(self):
        if not os.path.exists(KEYRING):
            raise Unavailable(f"no {KEYRING} here")
        for name in ("lists/partial", "cache/archives/partial", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").touch()
        (self.folder / "sources.list").write_text("".join(
            f"deb [arch={self.arch} signed-by={KEYRING}] {MIRROR}/{area} {suite} main\n"
            for area, suite in SUITES), "ascii")
        # Release files of sid expire within days, on a mirror that lags or in the archive.
        (self.folder / "apt.conf").write_text(f'''
            Dir::Etc::sourcelist "{self.folder}/sources.list";
            Dir::Etc::sourceparts "/dev/null";
            Dir::Etc::preferencesparts "/dev/null";
            Dir::State "{self.folder}/state";
            Dir::State::lists "{self.folder}/lists";
            Dir::State::status "{self.folder}/state/status";
            Dir::Cache "{self.folder}/cache";
            APT::Architecture "{self.arch}";
            APT::Architectures {{ "{self.arch}"; }};
            APT::Sandbox::User "";
            Acquire::Check-Valid-Until "false";
            Acquire::Languages "none";
            Acquire::Retries "1";
            Acquire::http::Timeout "15";
            ''', "utf-8")

    def apt(self, tool, *words, **more):
        environment = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C"}
        return command(tool, *words, env=environment, **more)

    def update(self):
        """Refreshes the lists, once. Without the network those of an earlier run will do."""
        if self.updated:
            return
        self.configure()
        try:
            self.apt("apt-get", "update", "-q")
        except Unavailable:
            if not list((self.folder / "lists").glob("*Packages*")):
                raise
        self.updated = True

    def kernels(self):
        """{"6.1": (version, package)}: of each release the newest build."""
        self.update()
        found = {}
        name = None
        for line in self.apt("apt-cache", "dumpavail").splitlines():
            field, _, value = line.partition(": ")
            if field == "Package":
                name = re.match(KERNEL.format(self.arch), value)
            elif field == "Version" and name:
                # The real package of a release rather than the one that only depends on it, and
                # with the same version the signed one, whose name is shorter.
                rank = (name[1] == "binary", [int(n) for n in re.findall(r"\d+", value)],
                        -len(name[0]))
                if name[2] not in found or rank > found[name[2]][0]:
                    found[name[2]] = (rank, value, name[0])
        return {release: row[1:] for release, row in found.items()}

    def download(self, package, version, into):
        """Unpacks a package (@version None: the newest) below @into."""
        wanted = f"{package}={version}" if version else package
        for left in reversed(range(TRIES)):
            try:
                self.apt("apt-get", "download", "-q", wanted, cwd=into)
                break
            except Unavailable:
                if not left:
                    raise
        file = next(pathlib.Path(into).glob(f"{package}_*.deb"))
        command("dpkg-deb", "-x", str(file), str(into))
        file.unlink()


def dependencies(module):
    """The modules that an uncompressed module names in its .modinfo."""
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [name for name in found[1].decode().split(",") if name] if found else []


def plain(name):
    return name.split(".ko")[0].replace("-", "_")


def closure(files, wanted):
    """[(name, content)] of @wanted and all they need, in the order in which they load."""
    done = {}

    def load(name):
        name = plain(name)
        if name in done or name not in files:  # not there: built in
            return
        content = UNPACK[files[name].suffix](files[name].read_bytes())
        for other in dependencies(content):
            load(other)
        done[name] = content

    for name in wanted:
        load(name)
    return list(done.items())


def keep(unpacked, folder, label):
    """Moves what is needed of an unpacked package to @folder, whole or not at all."""
    images = [path for path in unpacked.rglob("vmlinuz*") if path.is_file()]
    if not images:
        raise Unavailable(f"{label} holds no kernel image")
    files = {plain(path.name): path for path in unpacked.rglob("*.ko*")}
    made = folder.with_suffix(".new")
    shutil.rmtree(made, ignore_errors=True)
    (made / "modules").mkdir(parents=True)
    shutil.copyfile(images[0], made / "vmlinuz")
    for number, (name, content) in enumerate(closure(files, MODULES)):
        (made / "modules" / f"{number:02}_{name}.ko").write_bytes(content)
    (made / "package").write_text(label + "\n", "ascii")
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)


class Kernel:
    """A kernel that is there: its image and its modules in loading order."""

    def __init__(self, folder, arch):
        self.arch = arch
        self.image = folder / "vmlinuz"
        self.modules = sorted((folder / "modules").iterdir())
        self.package = (folder / "package").read_text("ascii").strip()


def newest(archive):
    """The newest release that the archive has."""
    return max(archive.kernels(), key=lambda name: [int(n) for n in name.split(".")],
               default="none")


def place(archive, release):
    return release if archive.arch == "amd64" else f"{release}-{archive.arch}"


def busybox(archive, folder):
    """A static busybox of the archive's architecture, from @folder if it is there."""
    target = folder / f"busybox-{archive.arch}"
    if not target.exists():
        archive.update()
        with tempfile.TemporaryDirectory(dir=folder) as unpacked:
            archive.download("busybox-static", None, unpacked)
            found = next(pathlib.Path(unpacked).rglob("bin/busybox"))
            shutil.move(found, target)
    return target


def fetch(archive, release, folder):
    """The kernel of @release ("6.1"), from @folder if it is there."""
    target = folder / place(archive, release)
    if (target / "package").exists():
        return Kernel(target, archive.arch)
    kernels = archive.kernels()
    if release not in kernels:
        raise Unavailable(f"not in {MIRROR}; there are {' '.join(sorted(kernels)) or 'none'}")
    version, package = kernels[release]
    label = f"{package} {version}"
    with tempfile.TemporaryDirectory(dir=folder) as unpacked:
        archive.download(package, version, unpacked)
        if package.startswith("linux-binary-"):
            try:
                archive.download(package.replace("-binary-", "-modules-"), version, unpacked)
            except Unavailable:
                pass  # gone from the archive, as some are; the tests that need them say so
        keep(pathlib.Path(unpacked), target, label)
    return Kernel(target, archive.arch)
