"""Random diagrams with random answers: our way of running must show the open steps SpiffWorkflow's own shows."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest
from random_diagrams import RandomDiagram
from SpiffWorkflow.exceptions import WorkflowException
from stock_spiff import StockProcess

from engine.spiff import Execution, definition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DIAGRAMS_EACH = 60
MAX_STEPS = 60


@pytest.mark.parametrize("batch", range(10))
def test_open_steps_agree_with_the_stock_engine(batch: int) -> None:
    steps, broken = 0, Counter[str]()
    for seed in range(batch * DIAGRAMS_EACH, (batch + 1) * DIAGRAMS_EACH):
        taken, problem = _compare(seed)
        steps += taken
        broken[problem] += 1
    assert steps > DIAGRAMS_EACH * 3
    # The library trips over a join inside a loop now and then; it must stay the exception.
    assert broken["library"] <= DIAGRAMS_EACH // 5


def _compare(seed: int) -> tuple[int, str]:
    random, diagram = Random(seed), RandomDiagram(seed)
    process = definition(diagram.xml, "p")
    ours = Execution.start(process, {}, NOW)
    try:
        stock = StockProcess(diagram.xml, "p", {})
    except WorkflowException:
        return 0, "library"
    for step in range(MAX_STEPS):
        shown = {(task.element, int(task.scope) if task.scope else None): task for task in ours.open_tasks()}
        expected = stock.open()
        assert sorted(shown, key=str) == sorted(expected, key=str), f"seed {seed}, step {step}"
        assert ours.ended == stock.ended, f"seed {seed}, step {step}"
        if not shown:
            return step, "none"
        if random.random() < 0.3:
            ours = Execution.load(process, ours.state())
        message = random.choice([None, None, None, *diagram.messages])
        chosen = random.choice(sorted(shown, key=str))
        answer = {chosen[0]: random.choice("aab" if step < MAX_STEPS // 2 else "b")}
        try:
            if message is not None:
                stock.send(message)
            else:
                stock.complete(expected[chosen], answer)
        except (AttributeError, KeyError, WorkflowException):
            return step, "library"
        if message is not None:
            ours.receive_message(message, {}, NOW)
        else:
            ours.complete(shown[chosen].task_id, answer, NOW)
    return MAX_STEPS, "long"
