# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The records that tcpfate writes are those of record.schema.json, which tools/gen-schema makes."""
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "user/sink/json/record.schema.json").read_text(encoding="utf-8"))
TYPES = SCHEMA["properties"]["type"]["enum"]
UNITS = [ROOT / os.environ.get("B", "build") / "plain/tests/unit" / name
         for name in ("test_json", "test_snapshot_output")]


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


def test_the_schema_is_valid_json_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


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
