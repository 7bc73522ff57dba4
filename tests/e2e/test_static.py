# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The file that one copies to a host: it needs nothing there, and says what the other one says."""
import os
import pathlib
import subprocess

import pytest

from lib.tcpfate import PROGRAM, ROOT

pytestmark = pytest.mark.alone  # mounts, and a chroot

STATIC = PROGRAM.with_name("tcpfate-static")
LIMIT = 3_000_000
ROOTS = ROOT / "tests" / "static" / "roots"


@pytest.fixture(autouse=True)
def built():
    if not STATIC.exists():
        pytest.skip(f"{STATIC.name} is not there: make static")


def test_it_names_no_library_and_no_loader():
    said = subprocess.run(["readelf", "-l", "-d", STATIC], capture_output=True, text=True,
                          check=True).stdout
    assert "LOAD" in said and "NEEDED" not in said and "INTERP" not in said, said
    assert STATIC.stat().st_size <= LIMIT


def test_an_empty_root_is_enough(tmp_path):
    """There with /proc and /sys, and not one file besides."""
    done = subprocess.run([ROOTS, "empty"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "ROOTS_CACHE": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("1 passed, 0 failed, 0 skipped\n"), done.stdout


def test_an_empty_root_is_not_enough_for_the_other(tmp_path):
    """The control: it is not there because its loader is not."""
    copy = pathlib.Path(tmp_path) / "tcpfate"
    copy.write_bytes(PROGRAM.read_bytes())
    copy.chmod(0o755)
    with pytest.raises(FileNotFoundError):
        subprocess.run(["/tcpfate", "--version"], preexec_fn=lambda: os.chroot(tmp_path), cwd="/",
                       check=True)
