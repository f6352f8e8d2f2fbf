"""Reading scenarios: what the format says is read, all else is refused by its place, nothing is skipped."""

import json

import pytest

from engine import plain_yaml
from engine.errors import Invalid
from engine.scenarios import (
    Advance,
    CompleteTask,
    Deliver,
    ExpectEnded,
    ExpectRefusal,
    ExpectTasks,
    FireTimers,
    Malformed,
    Scenario,
    read_scenarios,
)

WHOLE = """
- id: whole
  category: any
  source: somewhere
  file: a.bpmn
  also_deploy: [b.bpmn]
  process: p
  start: {message: begin}
  auto_complete: [m]
  variables: {n: 1, since: 2026-01-05, names: [甲, 乙]}
  steps:
  - {expect_tasks: [a, a]}
  - {complete: a, variables: {ok: true}}
  - {advance: PT1H}
  - {fire_timers: true}
  - {message: m, variables: {x: 1}, correlation: '7'}
  - {signal: s, no_receiver: true}
  - {expect_ended: false}
  - {expect_refused_or_error: because}
  extends_source: false
  notes: why
"""


def one(text: str) -> Scenario | Malformed:
    """Read a file of one entry."""
    (found,) = read_scenarios(text.encode(), "s.yaml")
    return found


def problem(text: str) -> str:
    """Give what is wrong with the one entry of a file."""
    found = one(text)
    assert isinstance(found, Malformed)
    return str(found.problem)


def entry(**changed: object) -> str:
    """Write an entry that is right but for what is changed."""
    whole = {"id": "x", "file": "a.bpmn", "process": "p", "steps": [{"expect_ended": True}], **changed}
    return json.dumps([{key: value for key, value in whole.items() if value is not None}])


def test_it_works() -> None:
    assert one(WHOLE) == Scenario(
        id="whole",
        file="a.bpmn",
        process="p",
        also_deploy=("b.bpmn",),
        start=("message", "begin"),
        auto_complete=frozenset({"m"}),
        variables={"n": 1, "since": "2026-01-05", "names": ["甲", "乙"]},
        steps=(
            ExpectTasks(("a", "a")),
            CompleteTask("a", {"ok": True}),
            Advance("PT1H"),
            FireTimers(),
            Deliver("message", "m", {"x": 1}, "7", no_receiver=False),
            Deliver("signal", "s", {}, None, no_receiver=True),
            ExpectEnded(ended=False),
            ExpectRefusal("because"),
        ),
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": None}, "s.yaml:1: “id” must be a text"),
        ({"file": None}, "s.yaml:1 x: “file” must be a text"),
        ({"process": 7}, "s.yaml:1 x: “process” must be a text"),
        ({"steps": None}, "s.yaml:1 x: “steps” must be a list of steps"),
        ({"steps": []}, "s.yaml:1 x: “steps” must be a list of steps"),
        ({"setps": []}, "s.yaml:1 x: “setps” is not known here"),
        ({"also_deploy": "b.bpmn"}, "s.yaml:1 x: “also_deploy” must be a list of texts"),
        ({"variables": [1]}, "s.yaml:1 x: “variables” must be a map"),
        ({"start": "begin"}, "s.yaml:1 x start: here must stand a map"),
        ({"start": {"timer": "PT1H"}}, "s.yaml:1 x start: exactly one of message, signal"),
        ({"start": {"message": "m", "signal": "s"}}, "s.yaml:1 x start: exactly one of message, signal"),
        ({"steps": ["go"]}, "s.yaml:1 x steps[1]: here must stand a map"),
        ({"steps": [{"expect_ended": True}, {}]}, "s.yaml:1 x steps[2]: exactly one of"),
        ({"steps": [{"complete": "a", "expect_ended": True}]}, "s.yaml:1 x steps[1]: exactly one of"),
        ({"steps": [{"complete": "a", "result": {}}]}, "s.yaml:1 x steps[1]: “result” is not known here"),
        ({"steps": [{"expect_ended": "yes"}]}, "s.yaml:1 x steps[1]: “expect_ended” must be true or false"),
        ({"steps": [{"expect_tasks": [True]}]}, "s.yaml:1 x steps[1]: “expect_tasks” must be a list of texts; put each in quotes"),
        ({"steps": [{"fire_timers": False}]}, "s.yaml:1 x steps[1]: “fire_timers” can only be true"),
        ({"steps": [{"advance": "1 hour"}]}, "s.yaml:1 x steps[1]: “advance” must be a duration"),
        ({"steps": [{"signal": "s", "correlation": "7"}]}, "s.yaml:1 x steps[1]: “correlation” is not known here"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_by_its_place(changed: dict[str, object], expected: str) -> None:
    assert problem(entry(**changed)).startswith(expected)


def test_a_wrong_entry_does_not_spoil_the_others() -> None:
    text = "- 7\n- {id: a, file: f, process: p, steps: [{expect_ended: true}]}\n- {id: a, file: f, process: p, steps: [{expect_ended: true}]}\n"
    wrong, right, double = read_scenarios(text.encode(), "s.yaml")
    assert isinstance(right, Scenario)
    assert isinstance(wrong, Malformed)
    assert isinstance(double, Malformed)
    assert (wrong.id, double.id) == ("s.yaml:1", "a (s.yaml:3)")
    assert "another scenario of this id" in str(double.problem)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "holds no scenarios"),
        (b"[]", "holds no scenarios"),
        (b"id: a", "holds no scenarios"),
        (b"- [1, 2", "s.yaml, line 1: not readable as YAML"),
        (b"- a: 1\n  a: 2", "s.yaml, line 1: a name stands twice"),
        (b"- {[1]: 2}", "s.yaml, line 1: the names of a map must be texts"),
        (b"- a\n- !!python/object/apply:os.system ['true']", "s.yaml, line 2: only texts"),
        (b"- !!binary aGFsbG8=", "s.yaml, line 1: only texts"),
        (b"- .nan", "s.yaml, line 1: only texts"),
        (b"- &a [*a]", "s.yaml, line 1: an alias makes the file endless"),
        (b"- a\n--- \n- b", "s.yaml, line 2: not readable as YAML"),
        (b"\xff\xfe", "s.yaml cannot be read"),
        (b"- \x07", "s.yaml cannot be read"),
        (b"[" * 100_000, "s.yaml is nested too deeply"),
        (b" " * (plain_yaml.MAX_BYTES + 1), "s.yaml is larger than 1 MB"),
    ],
    ids=lambda value: value[:20].decode("latin-1").strip() if isinstance(value, bytes) else "",
)
def test_what_is_no_file_of_scenarios_is_refused(text: bytes, expected: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_scenarios(text, "s.yaml")
    assert expected in str(refused.value)


def test_aliases_may_be_used_and_may_not_explode() -> None:
    assert plain_yaml.read(b"a: &a [1]\nb: *a", "x.yaml").value == {"a": [1], "b": [1]}
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(Invalid, match="an alias makes the file endless or far too large"):
        plain_yaml.read("\n".join(layers).encode(), "bomb.yaml")


@pytest.mark.parametrize("text", [b'{"a": NaN}', b'{"a": ', b"[" * 100_000])
def test_json_is_read_as_json(text: bytes) -> None:
    assert plain_yaml.read(b'{"a":\t[1.5, null]}', "x.json").value == {"a": [1.5, None]}
    with pytest.raises(Invalid, match=r"x\.json"):
        plain_yaml.read(text, "x.json")
