"""What other people's test suites say an engine must do. The expected values come from outside this product."""

from collections import Counter
from pathlib import Path

import pytest

from engine.play import Outcome, play
from engine.rehearsal import DiagramRefused, deploy
from engine.scenarios import Malformed, Scenario, read_scenarios
from engine.simulate import Simulated, simulate

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "conformance"
BEHAVIOURS = FOLDER / "behaviours.yaml"

#: How many behaviours are refused on purpose, each told in docs/diagram-codes.md.
REFUSED_BEHAVIOURS = 0
#: Of the 37 processes in the 21 files; the others are refused, but for one that waits for ever by its own drawing.
ENDED_OF_37 = 34

pytestmark = pytest.mark.skipif(
    not BEHAVIOURS.is_file(), reason=f"LOUD: the conformance set is not at {FOLDER}; the engine was not tried on it"
)


def behaviours() -> tuple[Scenario | Malformed, ...]:
    """Give the expected behaviours; none where the folder is absent."""
    return read_scenarios(BEHAVIOURS.read_bytes(), BEHAVIOURS.name) if BEHAVIOURS.is_file() else ()


def models() -> list[Path]:
    """Give the reference models of the interchange suite."""
    return sorted((FOLDER / "miwg").glob("*.bpmn"))


@pytest.mark.parametrize("behaviour", behaviours(), ids=lambda one: one.id)
def test_a_behaviour_is_as_expected_or_the_diagram_is_refused(behaviour: Scenario | Malformed) -> None:
    (verdict,) = play([behaviour], FOLDER / "camunda")
    assert verdict.outcome in {Outcome.PASSED, Outcome.REFUSED}, str(verdict.reason)


def test_behaviours_are_not_refused_where_they_could_run() -> None:
    verdicts = play(behaviours(), FOLDER / "camunda")
    counts = Counter(one.outcome for one in verdicts)
    assert len(verdicts) >= 60
    assert (counts[Outcome.FAILED], counts[Outcome.ERROR]) == (0, 0)
    assert counts[Outcome.REFUSED] <= REFUSED_BEHAVIOURS, [one.id for one in verdicts if one.outcome is Outcome.REFUSED]


def simulated(file: Path) -> tuple[Simulated, ...] | DiagramRefused:
    """Run all processes of a model, or give why it is refused."""
    try:
        return simulate(deploy([file.read_bytes()]))
    except DiagramRefused as refusal:
        return refusal


def test_reference_models_run_to_their_end_or_are_refused_by_element_and_code() -> None:
    results = {file.name: simulated(file) for file in models()}
    assert len(results) == 21
    assert [name for name, one in results.items() if isinstance(one, DiagramRefused) and not one.named] == []
    processes = [(name, one) for name, found in results.items() if not isinstance(found, DiagramRefused) for one in found]
    assert sum(one.ended for _, one in processes) >= ENDED_OF_37, [(name, str(one.reason)) for name, one in processes if not one.ended]
