"""`juanzong bpmn check`: the verdict as exit status, as sentences for people, as JSON for programs."""

from pathlib import Path

import pytest
from command import Juanzong
from diagram_drawing import diagram, single, task

CLEAN = diagram(single(task("t"), "t"))
REFUSED = diagram(single('<bpmn:scriptTask id="s"/>', "s") + "\n" + '<bpmn:userTask id="u"/>')
REWRITTEN = diagram(single('<bpmn:serviceTask id="s"/>', "s"))
CALLING = diagram(single('<bpmn:callActivity id="c" calledElement="q"/>', "c"))
CALLED = CLEAN.replace(b'<bpmn:process id="p"', b'<bpmn:process id="q"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"clean": CLEAN, "refused": REFUSED, "rewritten": REWRITTEN, "calling": CALLING, "called": CALLED, "other": b"no diagram"}
    for name, xml in files.items():
        (tmp_path / f"{name}.bpmn").write_bytes(xml)
    return tmp_path


@pytest.mark.parametrize(("name", "status", "verdict"), [("clean", 0, "deployable"), ("rewritten", 0, "deployable"), ("refused", 1, "refused"), ("other", 2, "refused")])
def test_the_verdict_is_the_exit_status(juanzong: Juanzong, folder: Path, name: str, status: int, verdict: str) -> None:
    answer = juanzong("bpmn", "check", folder / f"{name}.bpmn", "--json")
    assert answer.status == status
    assert (answer.json()["verdict"], answer.err) == (verdict, "")
    assert set(answer.json()) == {"file", "verdict", "processes", "findings"}


def test_findings_name_their_weight_element_and_line(juanzong: Juanzong, folder: Path) -> None:
    findings = juanzong("bpmn", "check", folder / "refused.bpmn", "--json").json()["findings"]
    assert [(one["code"], one["severity"], one["element"], one["line"]) for one in findings] == [
        ("script-task", "error", "s", 3),
        ("unreachable", "error", "u", 4),
        ("implicit-end", "rewritten", "u", 4),
        ("no-performer", "warning", "u", 4),
    ]
    assert all(set(one) == {"code", "severity", "element", "line", "message"} and one["message"] for one in findings)


def test_people_read_it_in_their_language(juanzong: Juanzong, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rewritten: line 3, s: topic-assumed: A worker does this step" in juanzong("bpmn", "check", folder / "rewritten.bpmn").out
    monkeypatch.setenv("JUANZONG_LANGUAGE", "zh")
    assert "改写 第 3 行，s: topic-assumed: 该环节由后台程序办理" in juanzong("bpmn", "check", folder / "rewritten.bpmn").out


def test_several_files_may_call_each_other(juanzong: Juanzong, folder: Path) -> None:
    alone = juanzong("bpmn", "check", folder / "calling.bpmn", "--json").json()
    assert [one["code"] for one in alone["findings"]] == ["call-unresolved", "no-performer"]
    answer = juanzong("bpmn", "check", folder / "calling.bpmn", folder / "called.bpmn", "--json")
    assert answer.status == 0
    assert [one["findings"] for one in answer.json()["files"]] == [[], []]
    assert juanzong("bpmn", "check", folder / "clean.bpmn", folder / "refused.bpmn").status == 1
