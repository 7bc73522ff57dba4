# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""record.schema.json says what the tables and the JSON writer say."""
import json
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "user/sink/json/record.schema.json").read_text(encoding="utf-8"))
TYPES = SCHEMA["properties"]["type"]["enum"]
UNITS = [ROOT / os.environ.get("B", "build") / "plain/tests/unit" / name
         for name in ("test_json", "test_snapshot")]
TABLES = ["user/sink/json/fields.def", "user/sink/json/snapshot_fields.def"]


def fields_of(kind):
    return [name for path in TABLES for name in rows(path, rf'^TF_{kind.upper()}\("(\w+)"')]


def rows(path, pattern):
    return re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"), re.M)


def properties(kind):
    return list(SCHEMA["$defs"][f"record_{kind}"]["properties"])


def errors(record):
    return [error.message for error in VALIDATOR.iter_errors(record)]


VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """What the unit tests of JSON records write: extremes, hostile names, nothing known."""
    path = tmp_path_factory.mktemp("schema") / "lines"
    for unit in UNITS:
        if not unit.exists():
            pytest.skip(f"{unit} is not built")
        subprocess.run([unit], env={"SINK_FIXTURE_LINES": str(path)}, check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in path.read_bytes().decode("utf-8").splitlines()]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", TYPES)
def test_fields_are_those_of_the_table_in_its_order(kind):
    assert properties(kind) == ["v", "type"] + fields_of(kind)
    assert SCHEMA["$defs"][f"record_{kind}"]["required"] == properties(kind)
    assert SCHEMA["$defs"][f"record_{kind}"]["additionalProperties"] is False


def test_fates_are_those_of_the_table():
    fates = rows("user/core/fate/fates.def", r'^TF_FATE\(\w+,\s*"(\w+)"')
    assert SCHEMA["$defs"]["fate"]["enum"] == fates
    assert list(SCHEMA["$defs"]["record_stats"]["properties"]["fates"]["properties"]) == fates


def test_facts_are_those_of_the_table():
    assert SCHEMA["$defs"]["fact"]["enum"] == rows("user/core/fate/facts.def", r'^TF_FACT\(\w+,\s*"(\w+)"')


def test_classes_are_those_of_the_enumeration():
    names = rows("user/core/fate/fates.h", r"^\tTF_CLASS_(\w+),")
    assert SCHEMA["$defs"]["class"]["enum"] == [n.lower() for n in names if n != "MAX"]


def test_states_are_those_of_the_enumeration():
    names = rows("user/core/states.h", r"^\tTF_TCP_(\w+)")
    assert SCHEMA["$defs"]["state"]["enum"] == [n for n in names if n != "STATE_MAX"]


def test_states_that_a_snapshot_counts_are_those_of_the_enumeration():
    """But for NEW_SYN_RECV, which counts as SYN_RECV."""
    counted = list(SCHEMA["$defs"]["state_counts"]["properties"])
    assert counted + ["NEW_SYN_RECV"] == SCHEMA["$defs"]["state"]["enum"]


def test_what_holds_a_socket_is_what_the_sink_says():
    slugs = rows("user/sink/json/snapshot_json.c", r'\[TF_HELD_\w+\] = "(\w+)"')
    assert SCHEMA["$defs"]["held_or_null"]["enum"] == slugs + [None]
    assert list(SCHEMA["$defs"]["held_counts"]["properties"]) == ["unknown"] + slugs


def test_stop_reasons_are_those_of_the_sink():
    slugs = rows("user/sink/sink.c", r'\[TF_STOP_\w+\] = "(\w+)"')
    assert SCHEMA["$defs"]["record_stop"]["properties"]["reason"]["enum"] == slugs


def test_every_line_of_the_unit_tests_is_valid(lines):
    assert len(lines) > 100
    assert {line["type"] for line in lines} == set(TYPES)
    for line in lines:
        assert not errors(line), line
        assert list(line) == properties(line["type"])


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_may_be_missing_or_added(lines, kind):
    record = next(line for line in lines if line["type"] == kind)
    for field in record:
        assert errors({k: v for k, v in record.items() if k != field}), field
        assert errors(record | {field: {"no": "such value"}}), field
    assert errors(record | {"surprise": 1})


def test_an_unknown_type_is_refused(lines):
    assert errors(lines[0] | {"type": "surprise"})
