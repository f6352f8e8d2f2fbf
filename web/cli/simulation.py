"""`juanzong bpmn simulate` and `juanzong bpmn play`: try a diagram before anybody works with it."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from engine.catalogue import N_
from engine.errors import Invalid
from engine.play import Outcome, Verdict, play
from engine.rehearsal import DiagramRefused, deploy, drawn_elements
from engine.scenarios import read_scenarios
from engine.simulate import Passed, Simulated, read_choices, simulate
from web.cli.findings import content_of, is_no_diagram, listed, tell
from web.cli.terminal import json_option, say, sentence, show, show_json, words


@click.command(name="simulate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--choices", type=click.Path(path_type=Path), help="answers to give, as YAML or JSON; see docs/diagrams.md")
@json_option
def simulate_file(file: Path, choices: Path | None, *, as_json: bool) -> int:
    """Drive every process of FILE to its end with alternating answers. Exit 1 when one does not always end."""
    scripted = read_choices(content_of(choices), choices.name) if choices is not None else ()
    source = content_of(file)
    try:
        processes = deploy([source])
    except DiagramRefused as refusal:
        _tell_refusal(file, refusal, as_json=as_json)
        return 2 if is_no_diagram(refusal.report) else 1
    results = simulate(processes, scripted, drawn_elements([source]))
    if as_json:
        show_json({"file": str(file), "processes": [_described(one) for one in results]})
    else:
        for result in results:
            _tell(result)
    return 0 if all(result.always for result in results) else 1


@click.command(name="play")
@click.argument("scenarios", type=click.Path(path_type=Path))
@click.option("--models", required=True, type=click.Path(path_type=Path), help="the folder with the diagrams")
@json_option
def play_file(scenarios: Path, models: Path, *, as_json: bool) -> int:
    """Play the scenarios of a YAML file on the diagrams they name. Exit 1 when one does not hold."""
    if not models.is_dir():
        raise Invalid(N_("{name} is not a folder. Name the one the diagrams lie in."), name=str(models))
    verdicts = play(read_scenarios(content_of(scenarios), scenarios.name), models)
    if as_json:
        show_json({"scenarios": [_verdict(one) for one in verdicts]})
    else:
        _tell_verdicts(verdicts)
    return 1 if any(one.outcome in {Outcome.FAILED, Outcome.ERROR} for one in verdicts) else 0


def _tell_refusal(file: Path, refusal: DiagramRefused, *, as_json: bool) -> None:
    if not as_json:
        show(words(N_("{file}: refused"), file=str(file)))
        tell(refusal.report)
        return
    reason = sentence(refusal)
    processes = [{**_nothing(key), "reason": reason} for key in refusal.report.processes]
    show_json({"file": str(file), "processes": processes, "findings": listed(refusal.report), "reason": reason})


def _nothing(key: str) -> dict[str, Any]:
    return {"id": key, "ended": False, "always_ends": False, "steps": [], "never_reached": [], "runs": 0, "unused_choices": []}


def _described(result: Simulated) -> dict[str, Any]:
    return {
        **_nothing(result.process),
        "ended": result.ended,
        "always_ends": result.always,
        "steps": _elements(result.steps),
        "never_reached": _elements(result.never_reached),
        "runs": result.runs,
        "unused_choices": list(result.unused),
        "reason": None if result.reason is None else sentence(result.reason),
    }


def _elements(passed: tuple[Passed, ...]) -> list[dict[str, str]]:
    return [{"element": one.element, "name": one.name} for one in passed]


def _tell(result: Simulated) -> None:
    reason = "" if result.reason is None else sentence(result.reason)
    if result.always:
        show(words(N_("{process}: it ends ({runs} runs)"), process=result.process, runs=result.runs))
        if reason:
            show(reason)
    elif result.ended:
        show(words(N_("{process}: it does not always end: {reason}"), process=result.process, reason=reason))
    else:
        show(words(N_("{process}: it does not end: {reason}"), process=result.process, reason=reason))
    for step in result.steps:
        show(f"  {_named(step)}")
    if result.never_reached:
        show(words(N_("never reached: {elements}"), elements=", ".join(_named(one) for one in result.never_reached)))
    if result.unused:
        say(words(N_("Choices for {elements} were left over."), elements=", ".join(result.unused)))


def _named(passed: Passed) -> str:
    return passed.element if passed.name == passed.element else f"{passed.element} {passed.name}"


def _verdict(one: Verdict) -> dict[str, Any]:
    return {"id": one.id, "outcome": one.outcome.value, "reason": None if one.reason is None else sentence(one.reason)}


def _tell_verdicts(verdicts: tuple[Verdict, ...]) -> None:
    said = {
        Outcome.PASSED: N_("{id}: passed"),
        Outcome.FAILED: N_("{id}: failed: {reason}"),
        Outcome.REFUSED: N_("{id}: refused: {reason}"),
        Outcome.ERROR: N_("{id}: error: {reason}"),
    }
    for one in verdicts:
        show(words(said[one.outcome], id=one.id, reason="" if one.reason is None else sentence(one.reason)))
    counts = Counter(one.outcome for one in verdicts)
    summary = N_("{passed} passed, {refused} refused, {failed} failed, {error} errors")
    show(words(summary, **{outcome.value: counts[outcome] for outcome in Outcome}))
