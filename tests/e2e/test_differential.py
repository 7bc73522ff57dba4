# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Applications and the wire as an independent witness: see tests/witness/witness.h, lib/judge.py.

Here 2,000 ends; `make soak` and `make test-long` have 20,000. A seed that fails fails again with
tests/witness/run --seed, as far as two CPUs repeat themselves; what was recorded stays in
build/differential for --compare.
"""
import time

import pytest

from lib import differential

pytestmark = pytest.mark.alone  # races on two CPUs want both of them

CONNECTIONS = 1000


def observed(lossy=None, connections=CONNECTIONS):
    folder = differential.ROOT / "build" / "differential" / (lossy or "all")
    seed = int(time.time())
    lines = differential.observe(folder, differential.Mix(seed, connections), lossy=lossy)
    verdict = differential.compare(folder, lines, lossy)
    assert not verdict.wrong(), "\n".join(
        [verdict.text(3), f"seed {seed}: {verdict.summary()}",
         f"once more: tests/witness/run --compare {folder}"])
    return verdict


def test_each_record_agrees_with_its_application_and_the_wire():
    verdict = observed()
    assert verdict.ends >= 2 * CONNECTIONS
    assert len(verdict.endings) >= 45
    # Where both orders are right, the witness says nothing: that must be rare.
    assert verdict.several < verdict.ends * 0.03


@pytest.mark.parametrize("lossy", ["ring", "table"])
def test_losses_make_no_wrong_fate(lossy):
    assert observed(lossy, 300).lost > 0


def test_a_reader_that_is_stopped_for_a_while_loses_nothing():
    assert observed("stopped", 300).lost == 0
