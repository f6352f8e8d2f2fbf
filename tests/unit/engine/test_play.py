"""Playing scenarios: what holds passes, and everything that does not is told with its step."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StepFailed
from engine.play import Outcome, Verdict, play
from engine.rehearsal import Rehearsal
from engine.scenarios import read_scenarios
from engine.spiff import Definition, Execution

MODELS = Path(__file__).parents[2] / "models"
SCRIPTED = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test">\n'
    '<process id="p" isExecutable="true">\n<startEvent id="s"/><scriptTask id="t"><script>x</script></scriptTask><endEvent id="e"/>\n'
    '<sequenceFlow id="f" sourceRef="s" targetRef="t"/><sequenceFlow id="g" sourceRef="t" targetRef="e"/>\n</process></definitions>'
)


def played(folder: Path = MODELS, **scenario: Any) -> Verdict:
    """Play one scenario."""
    whole = {"id": "x", **scenario}
    (verdict,) = play(read_scenarios(json.dumps([whole], ensure_ascii=False).encode(), "s.yaml"), folder)
    return verdict


def two_ends(*steps: dict[str, Any], **more: Any) -> Verdict:
    """Play steps on two branches with a step and an end each."""
    return played(file="two_ends.bpmn", process="ends", steps=list(steps), **more)


def test_it_works() -> None:
    verdict = two_ends({"expect_tasks": ["b", "a"]}, {"complete": "a"}, {"complete": "b"}, {"expect_ended": True})
    assert verdict == Verdict("x", Outcome.PASSED)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([{"expect_tasks": ["a"]}], "Step 1: open are [a, b]; expected were [a]."),
        ([{"expect_tasks": ["a", "a"]}], "Step 1: open are [a, b]; expected were [a, a]."),
        ([{"expect_tasks": ["a", "b", "b"]}], "Step 1: open are [a, b]; expected were [a, b, b]."),
        ([{"complete": "a"}, {"expect_tasks": []}], "Step 2: open are [b]; expected were []."),
        ([{"complete": "c"}], "Step 1: no open item is called c; open are [a, b]."),
        ([{"complete": "a"}, {"complete": "a"}], "Step 2: no open item is called a; open are [b]."),
        ([{"expect_ended": True}], "Step 1: the process has not ended; open are [a, b]."),
        ([{"complete": "a"}, {"complete": "b"}, {"expect_ended": False}], "Step 3: the process has ended; it should still run."),
        ([{"message": "m"}], "Step 1: nobody waits for the message m; waited for are []."),
        ([{"signal": "m"}], "Step 1: nobody waits for the signal m; waited for are []."),
        ([{"fire_timers": True}], "Step 1: no timer is pending."),
        (
            [{"complete": "a"}, {"expect_refused_or_error": "it must not"}],
            "Step 2: an error was expected here (it must not), and the process went on.",
        ),
    ],
)
def test_what_does_not_hold_fails_with_its_step(steps: list[dict[str, Any]], reason: str) -> None:
    verdict = two_ends(*steps)
    assert (verdict.outcome, str(verdict.reason)) == (Outcome.FAILED, reason)


def test_messages_and_signals_are_missed_where_somebody_waits() -> None:
    verdict = played(file="message_to_one.bpmn", process="one", steps=[{"message": "other"}])
    assert str(verdict.reason) == "Step 1: nobody waits for the message other; waited for are [message answer, message answer]."
    verdict = played(file="message_to_one.bpmn", process="one", steps=[{"message": "answer", "no_receiver": True}])
    assert str(verdict.reason) == "Step 1: nobody should wait for answer any more, and yet it changed something."


NAMED = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test"><process id="p" isExecutable="true">'
    '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a" name="b"/><userTask id="b" name="Sign\n  here"/><endEvent id="e"/>'
    '<sequenceFlow id="f0" sourceRef="s" targetRef="g"/><sequenceFlow id="f1" sourceRef="g" targetRef="a"/>'
    '<sequenceFlow id="f2" sourceRef="g" targetRef="b"/><sequenceFlow id="f3" sourceRef="a" targetRef="e"/>'
    '<sequenceFlow id="f4" sourceRef="b" targetRef="e"/></process></definitions>'
)


@pytest.mark.parametrize(
    ("labels", "outcome"),
    [
        (["a", "b"], Outcome.PASSED),
        (["b", "b"], Outcome.PASSED),
        (["b", "Sign here"], Outcome.PASSED),
        (["a", "Sign here"], Outcome.PASSED),
        (["a", "a"], Outcome.FAILED),
        (["Sign here", "Sign here"], Outcome.FAILED),
        (["a", "Sign"], Outcome.FAILED),
    ],
)
def test_an_item_is_told_by_its_name_or_its_element(tmp_path: Path, labels: list[str], outcome: Outcome) -> None:
    # Element a is named like element b: each label stands for one item, and each item needs its own.
    (tmp_path / "named.bpmn").write_text(NAMED, encoding="utf-8")
    assert played(tmp_path, file="named.bpmn", process="p", steps=[{"expect_tasks": labels}]).outcome is outcome


def test_an_error_nobody_expected_fails() -> None:
    lost: dict[str, Any] = {"file": "error_caught_nowhere.bpmn", "process": "lost"}
    verdict = played(**lost, steps=[{"complete": "a"}, {"expect_ended": True}])
    assert verdict.outcome is Outcome.FAILED
    assert "broken" in str(verdict.reason)
    # Expected too late: it comes at the first step already.
    verdict = played(**lost, steps=[{"complete": "a"}, {"expect_tasks": []}, {"expect_refused_or_error": "why"}])
    assert verdict.outcome is Outcome.FAILED


def test_an_expected_error_must_name_an_element_somebody_drew(monkeypatch: pytest.MonkeyPatch) -> None:
    expected: tuple[dict[str, Any], ...] = ({"complete": "a"}, {"expect_refused_or_error": "why"})
    for element, outcome in (("a", Outcome.PASSED), ("a_fork", Outcome.FAILED), ("", Outcome.FAILED)):
        monkeypatch.setattr(Rehearsal, "complete", failing_at(element))
        assert two_ends(*expected).outcome is outcome, element


def failing_at(element: str) -> Callable[..., None]:
    """Give a completion that cannot go on at an element."""

    def fail(*_: object) -> None:
        raise StepFailed(element, "it is made to fail")

    return fail


def test_the_process_is_stored_and_taken_up_again_before_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bytes] = []
    load = Execution.load

    def counted(process: Definition, state: bytes) -> Execution:
        loaded.append(state)
        return load(process, state)

    monkeypatch.setattr(Execution, "load", counted)
    assert two_ends({"complete": "a"}, {"expect_tasks": ["b"]}, {"expect_ended": False}).outcome is Outcome.PASSED
    assert len(loaded) == 3


def test_what_never_comes_to_rest_fails(tmp_path: Path) -> None:
    cycle = (MODELS / "remind_three_times.bpmn").read_text(encoding="utf-8").replace("R3/PT1H", "R/PT1M")
    (tmp_path / "cycle.bpmn").write_text(cycle, encoding="utf-8")
    verdict = played(tmp_path, file="cycle.bpmn", process="three", steps=[{"advance": "P9D"}], auto_complete=["remind_all"])
    assert (verdict.outcome, str(verdict.reason)) == (
        Outcome.FAILED, "The timers never come to rest: 2000 fired by 2026-01-14T01:00:00+00:00.",
    )
    circle = (MODELS / "two_tokens_on_one_flow.bpmn").read_text(encoding="utf-8")
    back = '<bpmn:sequenceFlow id="back" sourceRef="a" targetRef="a" /></bpmn:process>'
    (tmp_path / "circle.bpmn").write_text(circle.replace("</bpmn:process>", back), encoding="utf-8")
    steps = [{"complete": "first"}, {"expect_ended": True}]
    verdict = played(tmp_path, file="circle.bpmn", process="fooled", steps=steps, auto_complete=["a"])
    assert (verdict.outcome, str(verdict.reason)) == (Outcome.FAILED, "The steps that complete themselves never come to an end.")


def test_steps_left_to_the_product_complete_themselves() -> None:
    verdict = two_ends({"expect_tasks": ["b"]}, {"complete": "b"}, {"expect_ended": True}, auto_complete=["a"])
    assert verdict.outcome is Outcome.PASSED


def test_a_refused_diagram_is_refused_by_element_and_code(tmp_path: Path) -> None:
    (tmp_path / "scripted.bpmn").write_text(SCRIPTED, encoding="utf-8")
    asked: dict[str, Any] = {"file": "scripted.bpmn", "process": "p"}
    verdict = played(tmp_path, **asked, steps=[{"expect_ended": True}])
    assert verdict.outcome is Outcome.REFUSED
    assert "t: script-task (3)" in str(verdict.reason)
    assert played(tmp_path, **asked, steps=[{"expect_refused_or_error": "no scripts"}]).outcome is Outcome.PASSED


@pytest.mark.parametrize("text", ["", "<html/>", "<definitions"])
def test_a_refusal_that_names_no_element_is_no_good_refusal(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.bpmn").write_text(text, encoding="utf-8")
    verdict = played(tmp_path, file="broken.bpmn", process="p", steps=[{"expect_refused_or_error": "it is broken"}])
    assert verdict.outcome is Outcome.ERROR


@pytest.mark.parametrize("file", ["absent.bpmn", "../secret.bpmn", "/etc/passwd", "."])
def test_only_files_of_the_folder_are_read(tmp_path: Path, file: str) -> None:
    (tmp_path / "secret.bpmn").write_text(SCRIPTED, encoding="utf-8")
    (tmp_path / "models").mkdir()
    verdict = played(tmp_path / "models", file=file, process="p", steps=[{"expect_ended": True}])
    assert verdict.outcome is Outcome.ERROR
    assert f"There is no file {file} in" in str(verdict.reason)


def test_a_process_that_is_not_there_is_an_error() -> None:
    verdict = played(file="two_ends.bpmn", process="begins", steps=[{"expect_ended": True}])
    assert (verdict.outcome, str(verdict.reason)) == (Outcome.ERROR, "There is no process begins in the file; it holds ends.")


def test_an_entry_that_is_no_scenario_is_an_error() -> None:
    verdict = two_ends({"do": "something"})
    assert verdict.outcome is Outcome.ERROR
    assert "steps[1]" in str(verdict.reason)


def test_an_engine_that_breaks_does_not_hide_the_other_verdicts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        message = "out of order"
        raise RuntimeError(message)

    monkeypatch.setattr(Rehearsal, "complete", broken)
    verdict = two_ends({"complete": "a"})
    assert (verdict.outcome, str(verdict.reason)) == (Outcome.ERROR, "The engine broke: RuntimeError: out of order.")
    assert "out of order" in caplog.text
    assert two_ends({"expect_tasks": ["a", "b"]}).outcome is Outcome.PASSED


@pytest.mark.parametrize("file", sorted(path.name for path in (MODELS.parent / "scenarios").glob("*.yaml")))
def test_our_own_scenarios_hold(file: str) -> None:
    scenarios = read_scenarios((MODELS.parent / "scenarios" / file).read_bytes(), file)
    verdicts = play(scenarios, MODELS)
    assert len(verdicts) >= 5
    assert [(one.id, one.outcome.value, str(one.reason)) for one in verdicts if one.outcome is not Outcome.PASSED] == []
