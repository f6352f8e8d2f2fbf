"""Going back to an earlier element: what is withdrawn, what stays, and that the process can always end afterwards."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import spiff
from engine.errors import Invalid

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BPMN = 'xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"'
LIMIT = 400

#: A block: a task, blocks in a row, blocks side by side (parallel or inclusive), a block that may be done again.
Block = tuple[str, list["Block"]]
BLOCKS = st.recursive(
    st.just(("task", [])),
    lambda inner: st.one_of(
        st.tuples(st.just("row"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("parallel"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("inclusive"), st.lists(inner, min_size=2, max_size=2)),
        st.tuples(st.just("again"), st.lists(inner, min_size=1, max_size=1)),
    ),
    max_leaves=8,
)


class Drawing:
    """A diagram while it is drawn; flows are (source, target, condition)."""

    def __init__(self) -> None:
        self.elements: list[str] = []
        self.flows: list[tuple[str, str, str]] = []
        self.count = 0

    def element(self, kind: str) -> str:
        """Draw one element; tasks are named t1, t2, … in the order they are drawn."""
        self.count += 1
        name = f"{'t' if kind == 'userTask' else 'g'}{self.count}"
        self.elements.append(f'<b:{kind} id="{name}"/>')
        return name

    def block(self, block: Block) -> tuple[str, str]:
        """Draw a block; give the elements it begins and ends with."""
        kind, parts = block
        if kind == "task":
            task = self.element("userTask")
            return task, task
        if kind in {"parallel", "inclusive"}:
            return self._side_by_side(f"{kind}Gateway", parts)
        ends = [self.block(part) for part in parts]
        for (_, before), (after, _) in pairwise(ends):
            self.flows.append((before, after, ""))
        first, last = ends[0][0], ends[-1][1]
        return self._again(first, last) if kind == "again" else (first, last)

    def _side_by_side(self, kind: str, parts: list[Block]) -> tuple[str, str]:
        fork, ends = self.element(kind), [self.block(part) for part in parts]
        join = self.element(kind)
        for first, last in ends:
            self.flows += [(fork, first, "true" if kind == "inclusiveGateway" else ""), (last, join, "")]
        return fork, join

    def _again(self, first: str, last: str) -> tuple[str, str]:
        merge, choice = self.element("exclusiveGateway"), self.element("exclusiveGateway")
        self.flows += [(merge, first, ""), (last, choice, ""), (choice, merge, "again")]
        return merge, choice

    def xml(self, block: Block) -> bytes:
        """Give the whole diagram."""
        first, last = self.block(block)
        self.flows = [("start", first, ""), *self.flows, (last, "end", "")]
        drawn = "".join(self._flow(number, *flow) for number, flow in enumerate(self.flows))
        inside = f'<b:startEvent id="start"/>{"".join(self.elements)}<b:endEvent id="end"/>{drawn}'
        return f'<b:definitions {BPMN} targetNamespace="urn:t"><b:process id="p" isExecutable="true">{inside}</b:process></b:definitions>'.encode()

    def _flow(self, number: int, source: str, target: str, condition: str) -> str:
        # Of the two ways out of a choice the one that is not "again" is taken when that does not hold.
        inner = f"<b:conditionExpression>{condition}</b:conditionExpression>" if condition else ""
        if not condition and any(one[0] == source and one[2] == "again" for one in self.flows):
            inner = "<b:conditionExpression>not again</b:conditionExpression>"
        return f'<b:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</b:sequenceFlow>'


def run_of(block: Block) -> spiff.Execution:
    """Start the process a block draws."""
    return spiff.Execution.start(spiff.definition(Drawing().xml(block), "p"), {"again": False}, NOW)


def open_now(execution: spiff.Execution) -> list[str]:
    """Give the open elements."""
    return sorted(task.element for task in execution.open_tasks())


def do(execution: spiff.Execution, element: str) -> None:
    """Complete an open element."""
    task = next(one for one in execution.open_tasks() if one.element == element)
    execution.complete(task.task_id, {}, NOW)


def back(execution: spiff.Execution, here: str, to: str) -> None:
    """Return from an open element."""
    task = next(one for one in execution.open_tasks() if one.element == here)
    execution.return_to(task.task_id, to, NOW)


def finish(execution: spiff.Execution) -> None:
    """Do whatever is open, nothing once more, until all is done; to wait for nobody without having ended fails."""
    for _ in range(LIMIT):
        if execution.ended:
            return
        assert execution.open_tasks(), "nothing is open and the process has not ended"
        execution.complete(execution.open_tasks()[0].task_id, {"again": False}, NOW)
    pytest.fail(f"still going after {LIMIT} steps")


TASK: Block = ("task", [])
#: The names count gateways too: t1, fork g2, (t3 t4 | t5 t6), join g7, t8.
FORKED: Block = ("row", [TASK, ("parallel", [("row", [TASK, TASK]), ("row", [TASK, TASK])]), TASK])


def forked() -> spiff.Execution:
    """Give the forked process with everything before t8 done."""
    execution = run_of(FORKED)
    for element in ("t1", "t3", "t4", "t5", "t6"):
        do(execution, element)
    assert open_now(execution) == ["t8"]
    return execution


@pytest.mark.parametrize(
    ("to", "then"),
    [
        pytest.param("t1", ["t1"], id="before-the-fork"),
        pytest.param("t3", ["t3"], id="into-a-branch"),
        pytest.param("t6", ["t6"], id="end-of-a-branch"),
    ],
)
def test_after_the_branches_have_met(to: str, then: list[str]) -> None:
    execution = forked()
    back(execution, "t8", to)
    assert open_now(execution) == then
    finish(execution)


def test_what_the_other_branch_brought_stays_at_the_join() -> None:
    execution = forked()
    back(execution, "t8", "t4")
    do(execution, "t4")
    assert open_now(execution) == ["t8"]


def test_within_a_branch_the_other_goes_on() -> None:
    execution = run_of(FORKED)
    do(execution, "t1")
    do(execution, "t3")
    do(execution, "t5")
    back(execution, "t4", "t3")
    assert open_now(execution) == ["t3", "t6"]
    finish(execution)


def test_behind_the_fork_all_branches_are_withdrawn_and_what_waits_at_the_join_too() -> None:
    execution = run_of(FORKED)
    for element in ("t1", "t3", "t4", "t5"):
        do(execution, element)
    back(execution, "t6", "t1")
    assert open_now(execution) == ["t1"]
    do(execution, "t1")
    do(execution, "t3")
    do(execution, "t4")
    assert open_now(execution) == ["t5"]
    finish(execution)


@pytest.mark.parametrize(("done", "here", "to"), [
    pytest.param(["t1", "t3", "t4"], "t5", "t4", id="beside"),
    pytest.param(["t1"], "t3", "t4", id="ahead"),
    pytest.param(["t1"], "t3", "t8", id="behind-the-join"),
])
def test_what_does_not_lie_before_is_refused(done: list[str], here: str, to: str) -> None:
    execution = run_of(FORKED)
    for element in done:
        do(execution, element)
    with pytest.raises(Invalid, match=f"no earlier step {to}"):
        back(execution, here, to)


def test_joins_within_joins_keep_what_each_was_brought() -> None:
    # fork g1 (fork g2 (t3 | t4) join g5 | t6) join g7 → t8
    inner: Block = ("parallel", [TASK, TASK])
    execution = run_of(("row", [("parallel", [inner, TASK]), TASK]))
    assert open_now(execution) == ["t3", "t4", "t6"]
    for element in ("t3", "t4", "t6"):
        do(execution, element)
    back(execution, "t8", "t4")
    assert open_now(execution) == ["t4"]
    do(execution, "t4")
    assert open_now(execution) == ["t8"]


def test_a_fork_behind_an_inclusive_join_is_begun_again_with_all_its_branches() -> None:
    # fork g1 (t2 | t3) inclusive join g4 → fork g5 (t6 | t7) join g8
    execution = run_of(("row", [("inclusive", [TASK, TASK]), ("parallel", [TASK, TASK])]))
    do(execution, "t2")
    do(execution, "t3")
    back(execution, "t6", "t2")
    assert open_now(execution) == ["t2"]
    do(execution, "t2")
    assert open_now(execution) == ["t6", "t7"]
    finish(execution)


def test_a_drawn_loop_does_not_make_later_steps_earlier_ones() -> None:
    # (fork g1 (t2 | t3) join g4), once more from g5 by choice g6
    execution = run_of(("again", [("parallel", [TASK, TASK])]))
    do(execution, "t2")
    with pytest.raises(Invalid, match="no earlier step t2"):
        back(execution, "t3", "t2")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(BLOCKS, st.data())
def test_after_going_back_anywhere_the_process_still_ends(block: Block, data: st.DataObject) -> None:
    definition = spiff.definition(Drawing().xml(block), "p")
    execution = spiff.Execution.start(definition, {"again": False}, NOW)
    passed: list[str] = []
    for _ in range(data.draw(st.integers(1, 25))):
        if execution.ended:
            return
        task = data.draw(st.sampled_from(execution.open_tasks()))
        if passed and data.draw(st.integers(0, 3)) == 0:
            state = execution.state()
            to = data.draw(st.sampled_from(passed))
            try:
                execution.return_to(task.task_id, to, NOW)
            except Invalid:
                execution = spiff.Execution.load(definition, state)
            else:
                assert to in open_now(execution)
        else:
            execution.complete(task.task_id, {"again": data.draw(st.booleans())}, NOW)
            passed.append(task.element)
        assert execution.ended or execution.open_tasks()
    finish(execution)
