"""`juanzong bpmn deploy`, `versions`, `migrate`, in a database of their own."""

from pathlib import Path

import pytest
from command import Juanzong
from diagrams import chain, element, ends, process as drawn

from engine import definitions, process
from engine.audit import CASE
from engine.unit_of_work import SYSTEM, Sessions, work


def steps(*names: str) -> bytes:
    """Draw a process of these steps."""
    drawn_steps = [element("userTask", name, camunda__candidateGroups="office") for name in names]
    return drawn(ends(), *drawn_steps, chain("start", *names, "end"))


@pytest.fixture
def running(sessions: Sessions) -> None:
    """Start two cases on the first version; one stands at `write`, the other at `read`."""
    with work(sessions, SYSTEM) as unit:
        (version,) = definitions.deploy(unit, steps("write", "read"), "the first")
        for key in ("T-1", "T-2"):
            started = process.start(unit, version, key, {})
            unit.record(CASE + key, "case.opened", {}, started.change)
    with work(sessions, SYSTEM) as unit:
        (item,) = process.open_items(unit, "T-2")
        moved = process.complete(unit, item, "done", {})
        unit.record(CASE + "T-2", "step.completed", {}, moved.change)


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """Give the file of a second version, which has no step `read`."""
    file = tmp_path / "second.bpmn"
    file.write_bytes(steps("write", "seal").replace(b'isExecutable="true"', b'isExecutable="false"'))
    return file


def test_deploying_says_the_version_and_what_was_rewritten(in_database: Juanzong, second: Path) -> None:
    answer = in_database("bpmn", "deploy", second, "--json")
    assert answer.status == 0
    found = answer.json()
    (deployed,) = found["processes"]
    assert (found["verdict"], deployed["id"], deployed["version"], deployed["new"]) == ("deployed", "p", 1, True)
    assert [(one["code"], one["severity"]) for one in found["findings"]] == [("not-executable", "rewritten")]
    again = in_database("bpmn", "deploy", second)
    assert "p is at version 1 already" in again.out
    assert "not-executable" in again.out


def test_a_reason_is_kept_and_listed(in_database: Juanzong, running: None, second: Path) -> None:
    in_database("bpmn", "deploy", second, "--reason", "reading is not needed")
    listed = in_database("bpmn", "versions", "p", "--json").json()["versions"]
    assert [(one["version"], one["running"], one["reason"]) for one in listed] == [
        (2, 0, "reading is not needed"), (1, 2, "the first"),
    ]  # fmt: skip
    told = in_database("bpmn", "versions").out
    assert "p 1: p, 2 running" in told
    assert "evidence_lifecycle 1" in told


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [(drawn(element("scriptTask", "evil")), 1, "script-task"), (b"a letter", 2, "not-xml")],
    ids=["code", "no diagram"],
)
def test_a_refused_file_is_a_verdict_and_no_file_wrong_use(
    in_database: Juanzong, tmp_path: Path, content: bytes, status: int, words: str
) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(content)
    told, described = in_database("bpmn", "deploy", file), in_database("bpmn", "deploy", file, "--json")
    assert (told.status, described.status) == (status, status)
    assert words in told.out
    assert (described.json()["verdict"], described.json()["processes"]) == ("refused", [])


def test_a_batch_reports_each_case_and_ends_with_one_when_some_cannot(in_database: Juanzong, running: None, second: Path) -> None:
    in_database("bpmn", "deploy", second)
    dry = in_database("bpmn", "migrate", "p", "--to", 2, "--dry-run")
    assert dry.status == 1
    assert dry.out.splitlines() == [
        "T-1: can be moved from version 1 to 2",
        "T-2: cannot be moved: read is not in the new version, and the process stands at it",
        "1 of 2 can be moved.",
    ]
    done = in_database("bpmn", "migrate", "p", "--to", 2, "--reason", "reading is not needed", "--json")
    assert done.status == 1
    first, other = done.json()["cases"]
    assert (first["case"], first["from"], first["moved"], first["reason"]) == ("T-1", 1, True, None)
    assert (other["case"], other["moved"], other["obstacles"][0]["element"]) == ("T-2", False, "read")
    assert in_database("audit", "verify", "--json").json()["intact"] is True


def test_named_cases_are_moved_and_nobody_else(in_database: Juanzong, running: None, second: Path) -> None:
    in_database("bpmn", "deploy", second)
    answer = in_database("bpmn", "migrate", "p", "--to", 2, "--case", "T-1")
    assert (answer.status, answer.out.splitlines()) == (0, ["T-1: moved from version 1 to 2", "1 of 1 were moved."])
    assert [one["running"] for one in in_database("bpmn", "versions", "p", "--json").json()["versions"]] == [1, 1]
    assert in_database("bpmn", "migrate", "p", "--to", 2, "--case", "T-9").status == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("migrate", "p", "--to", "9"), "no version 9 of p; the newest is 1"),
        (("migrate", "gone", "--to", "1"), "No process gone is deployed"),
        (("versions", "gone"), "No process gone is deployed"),
        (("migrate", "p"), "--to"),
        (("migrate", "p", "--to", "1", "--reason", " "), "Give a reason"),
        (("deploy", "/nowhere/a.bpmn"), "/nowhere/a.bpmn"),
    ],
    ids=["version", "process", "listing", "target", "reason", "file"],
)
def test_wrong_use_is_said_in_one_sentence(
    in_database: Juanzong, running: None, arguments: tuple[str, ...], words: str
) -> None:
    answer = in_database("bpmn", *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.err
    assert "Traceback" not in answer.err
