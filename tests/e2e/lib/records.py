# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What a record has to say, and a failure that shows all of it."""
import json


def state_names(record):
    return [name for name, _ in record["states"]]


def expect(record, *, states=None, evidence=(), no_evidence=(), **fields):
    """Asserts fields of a record.

    A value that is a tuple or a set is a choice; a callable is asked. `states` are the names in
    their order; `evidence` must be among the record's facts, `no_evidence` must not.
    """
    wrong = []
    for name, want in fields.items():
        if name not in record:
            wrong.append(f"{name}: not in the record")
            continue
        have = record[name]
        if callable(want):
            good = bool(want(have))
        elif isinstance(want, (tuple, set, frozenset)):
            good = have in want
        else:
            good = have == want and isinstance(have, bool) == isinstance(want, bool)
        if not good:
            wrong.append(f"{name}: {have!r}, expected {want!r}")
    if states is not None and state_names(record) != list(states):
        wrong.append(f"states: {state_names(record)}, expected {list(states)}")
    for fact in evidence:
        if fact not in record["evidence"]:
            wrong.append(f"evidence lacks {fact!r}")
    for fact in no_evidence:
        if fact in record["evidence"]:
            wrong.append(f"evidence has {fact!r}")
    assert not wrong, "\n  ".join(["the record is not as it should be", *wrong,
                                   json.dumps(record)])
    return record
