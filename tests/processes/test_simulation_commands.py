"""`juanzong bpmn simulate` and `juanzong bpmn play`, as a person types them."""

import json
from pathlib import Path

import pytest
from command import Juanzong

TESTS = Path(__file__).parents[1]
MODELS = TESTS / "models"
SHIPPED = TESTS.parent / "bpmn" / "evidence_lifecycle.bpmn"
REFUSED = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test"><process id="p" isExecutable="true">\n'
    '<startEvent id="s"/><scriptTask id="t"><script>x</script></scriptTask><sequenceFlow id="f" sourceRef="s" targetRef="t"/></process></definitions>'
)


def test_the_shipped_diagram_ends_and_all_of_it_is_reached(juanzong: Juanzong) -> None:
    answer = juanzong("bpmn", "simulate", SHIPPED, "--json")
    (process,) = answer.json()["processes"]
    assert (answer.status, answer.err) == (0, "")
    assert (process["id"], process["ended"], process["reason"], process["never_reached"]) == ("evidence_lifecycle", True, None, [])
    assert process["steps"][0]["element"] == "start"


def test_the_path_is_told_to_people(juanzong: Juanzong) -> None:
    answer = juanzong("bpmn", "simulate", MODELS / "escalation_ends_part.bpmn")
    assert answer.status == 0
    assert answer.out.startswith("give_up: it ends (")
    assert "\n  collect\n" in answer.out
    assert answer.out.endswith("never reached: go_on, end\n")


def test_a_process_that_does_not_end_is_a_negative_verdict(juanzong: Juanzong) -> None:
    answer = juanzong("bpmn", "simulate", MODELS / "error_caught_nowhere.bpmn", "--json")
    (process,) = answer.json()["processes"]
    assert (answer.status, process["ended"]) == (1, False)
    assert "broken" in process["reason"]
    assert juanzong("bpmn", "simulate", MODELS / "error_caught_nowhere.bpmn").status == 1


def test_a_process_that_ends_in_some_runs_only_is_a_negative_verdict(juanzong: Juanzong, tmp_path: Path) -> None:
    file = tmp_path / "sometimes.bpmn"
    xml = (MODELS / "two_tokens_on_one_flow.bpmn").read_text(encoding="utf-8")
    # The token that is left over waits for ever; a deadline ends the process with it, in the runs that come to it.
    deadline = (
        '<bpmn:boundaryEvent id="late" attachedToRef="first"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>'
        '</bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="gone"/><bpmn:sequenceFlow id="l" sourceRef="late" targetRef="gone"/>'
    )
    file.write_text(xml.replace("</bpmn:process>", f"{deadline}</bpmn:process>"), encoding="utf-8")
    answer = juanzong("bpmn", "simulate", file, "--json")
    (process,) = answer.json()["processes"]
    assert (answer.status, process["ended"], process["always_ends"]) == (1, True, False)
    assert juanzong("bpmn", "simulate", file).out.startswith("fooled: it does not always end: Nothing can move it any more")


def test_an_end_by_error_is_mentioned(juanzong: Juanzong, tmp_path: Path) -> None:
    file = tmp_path / "child.bpmn"
    xml = (MODELS / "error_codes.bpmn").read_text(encoding="utf-8")
    outer = xml[xml.index('  <bpmn:process id="outer"') : xml.index('  <bpmn:process id="child"')]
    file.write_text(xml.replace(outer, ""), encoding="utf-8")
    answer = juanzong("bpmn", "simulate", file)
    assert answer.status == 0
    assert answer.out.startswith("child: it ends (")
    assert answer.out.splitlines()[1] == "It may end with an error at bad_paper, bad_stamp, which only a process that calls it can catch."


def test_a_refused_diagram_is_a_negative_verdict(juanzong: Juanzong, tmp_path: Path) -> None:
    file = tmp_path / "refused.bpmn"
    file.write_text(REFUSED, encoding="utf-8")
    answer = juanzong("bpmn", "simulate", file, "--json")
    assert (answer.status, answer.json()["file"]) == (1, str(file))
    assert [(one["id"], one["ended"]) for one in answer.json()["processes"]] == [("p", False)]
    assert "t: script-task (2)" in answer.json()["reason"]
    assert ("script-task", "t", 2) in {(one["code"], one["element"], one["line"]) for one in answer.json()["findings"]}
    assert "script-task" in juanzong("bpmn", "simulate", file).out


def test_what_is_no_diagram_is_wrong_use(juanzong: Juanzong) -> None:
    answer = juanzong("bpmn", "simulate", TESTS / "scenarios" / "timers.yaml", "--json")
    assert (answer.status, answer.json()["processes"]) == (2, [])
    assert [one["code"] for one in answer.json()["findings"]] == ["not-xml"]


def test_choices_of_ones_own(juanzong: Juanzong, tmp_path: Path) -> None:
    script = tmp_path / "choices.yaml"
    script.write_text("choices:\n- {complete: judge, variables: {decision: approve}}\n- {complete: a}\n- {complete: a}\n", encoding="utf-8")
    answer = juanzong("bpmn", "simulate", MODELS / "parallel_in_a_loop.bpmn", "--choices", script, "--json")
    (process,) = answer.json()["processes"]
    assert [step["element"] for step in process["steps"]].count("judge") == 1
    assert (process["runs"], process["unused_choices"]) == (1, ["a"])
    answer = juanzong("bpmn", "simulate", MODELS / "parallel_in_a_loop.bpmn", "--choices", script)
    assert answer.err == "Choices for a were left over.\n"


@pytest.mark.parametrize("file", ["countersigning", "timers"])
def test_scenarios_that_hold(juanzong: Juanzong, file: str) -> None:
    answer = juanzong("bpmn", "play", TESTS / "scenarios" / f"{file}.yaml", "--models", MODELS, "--json")
    assert (answer.status, answer.err) == (0, "")
    assert {one["outcome"] for one in answer.json()["scenarios"]} == {"passed"}
    assert set(answer.json()["scenarios"][0]) == {"id", "outcome", "reason"}


def test_each_outcome_is_told_and_counted(juanzong: Juanzong, tmp_path: Path) -> None:
    (tmp_path / "refused.bpmn").write_text(REFUSED, encoding="utf-8")
    (tmp_path / "ends.bpmn").write_bytes((MODELS / "two_ends.bpmn").read_bytes())
    right = {"id": "good", "file": "ends.bpmn", "process": "ends", "steps": [{"expect_tasks": ["a", "b"]}]}
    scenarios = [
        right,
        {**right, "id": "bad", "steps": [{"expect_ended": True}]},
        {**right, "id": "no", "file": "refused.bpmn", "process": "p"},
        {**right, "id": "lost", "file": "gone.bpmn"},
    ]
    (tmp_path / "s.yaml").write_text(json.dumps(scenarios), encoding="utf-8")
    answer = juanzong("bpmn", "play", tmp_path / "s.yaml", "--models", tmp_path)
    assert answer.status == 1
    good, bad, no, lost, summary = answer.out.splitlines()
    assert good == "good: passed"
    assert bad == "bad: failed: Step 1: the process has not ended; open are [a, b]."
    assert no.startswith("no: refused: ")
    assert lost.startswith("lost: error: There is no file gone.bpmn")
    assert summary == "1 passed, 1 refused, 1 failed, 1 errors"


def test_refusals_alone_are_no_negative_verdict(juanzong: Juanzong, tmp_path: Path) -> None:
    (tmp_path / "refused.bpmn").write_text(REFUSED, encoding="utf-8")
    (tmp_path / "s.yaml").write_text("- {id: a, file: refused.bpmn, process: p, steps: [{expect_ended: true}]}", encoding="utf-8")
    answer = juanzong("bpmn", "play", tmp_path / "s.yaml", "--models", tmp_path, "--json")
    assert (answer.status, answer.json()["scenarios"][0]["outcome"]) == (0, "refused")


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "gone.bpmn"),
        ("simulate", MODELS / "two_ends.bpmn", "--choices", "gone.yaml"),
        ("simulate", MODELS / "two_ends.bpmn", "--choices", MODELS / "two_ends.bpmn"),
        ("play", "gone.yaml", "--models", MODELS),
        ("play", TESTS / "scenarios" / "timers.yaml", "--models", "gone"),
        ("play", MODELS / "two_ends.bpmn", "--models", MODELS),
        ("play", TESTS / "scenarios" / "timers.yaml"),
    ],
    ids=lambda arguments: "-".join(Path(one).name for one in arguments),
)
def test_what_cannot_be_read_is_said_in_one_sentence(juanzong: Juanzong, arguments: tuple[object, ...]) -> None:
    answer = juanzong("bpmn", *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
