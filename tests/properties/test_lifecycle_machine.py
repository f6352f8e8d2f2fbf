"""Random people drive one case through every verb; a small model says what must happen, the log must stay intact.

The model knows who sits on which chair, who gathered and who reviewed; it knows nothing of diagrams or tables.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from cast import DEPARTMENTS, PEOPLE, STREETS, Cast
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from engine.errors import Refused
from models.process import WorkItem
from workflows.lifecycle.claims import claim, release
from workflows.lifecycle.decide import Verdict
from workflows.lifecycle.words import Outcome

#: Stands for somebody who may do the step, so that a run gets far; the others may or may not.
SOMEBODY_FIT = "somebody fit"
people = st.sampled_from([*sorted(PEOPLE), *[SOMEBODY_FIT] * len(PEOPLE)])
outcomes = st.sampled_from(list(Outcome))
subsets = st.lists(st.sampled_from(DEPARTMENTS), unique=True)
positions = st.integers(0, 5)


@dataclass
class Model:
    """What must be true of one case. `open` holds (step, department) with None for the steps of all."""

    open: set[tuple[str, str | None]] = field(default_factory=lambda: {("assign", None)})
    assigned: list[str] = field(default_factory=list)
    authors: dict[str, set[str]] = field(default_factory=dict)
    reviewer: dict[str, str] = field(default_factory=dict)
    held: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def may(self, person: str, step: str, department: str | None) -> bool:
        """Say whether this person may do this step now."""
        chair = {"assign": "creation_office", "office_approval": "creation_office", "collect": "collector"}
        seat = (chair.get(step, "department_reviewer"), department)
        if seat not in PEOPLE[person][1] or self.held.get((step, department), person) != person:
            return False
        concerned = {"department_review": [department], "office_approval": self.assigned}.get(step, [])
        if any(person in self.authors[str(one)] for one in concerned):
            return False
        return step != "office_approval" or person not in self.reviewer.values()

    def done(self, step: str, department: str | None, *following: tuple[str, str | None]) -> None:
        """Close a step and open what follows; the office follows the last review."""
        self.open -= {(step, department)}
        self.held.pop((step, department), None)
        self.open |= set(following)
        if not self.open and step == "department_review":
            self.open = {("office_approval", None)}


class Lifecycle(RuleBasedStateMachine):
    """One case, driven by anybody."""

    def __init__(self, city: Callable[[], AbstractContextManager[Cast]]) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.cast = self.stack.enter_context(city())
        self.names = {str(self.cast.department(name)): name for name in DEPARTMENTS}
        self.model = Model()
        self.ended = False
        self.finished: list[int] = []

    def teardown(self) -> None:
        """Drop the database."""
        self.stack.close()

    def chosen(self, position: int) -> tuple[WorkItem, str, str | None]:
        """Choose one of the open steps: the item, its step and its department."""
        items = self.cast.items(STREETS)
        item = items[position % len(items)]
        return item, item.element, self.names[item.scope] if item.scope else None

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Try a deed; say whether it was done."""
        try:
            deed()
        except Refused:
            return False
        return True

    @precondition(lambda self: not self.ended)
    @rule(position=positions, person=people, outcome=outcomes, named=subsets)
    def act(self, position: int, person: str, outcome: Outcome, named: list[str]) -> None:
        """Let somebody do the open step."""
        item, step, department = self.chosen(position)
        person = self.cast_for(person, step, department)
        if step == "archive":
            self.cast.archive(STREETS)
            self.model.done(step, department)
            self.ended = True
            return
        expected = self.model.may(person, step, department) and self.sensible(step, outcome, named)
        assert self.attempt(lambda: self.deed(item, person, outcome, named)) == expected
        if expected:
            self.finished.append(item.id)
            self.follow(step, department, person, outcome, named)

    @precondition(lambda self: self.ended)
    @rule(position=positions, person=people)
    def act_again(self, position: int, person: str) -> None:
        """Nothing can be done again once it is done."""
        item_id, person = self.finished[position % len(self.finished)], self.cast_for(person, "assign", None)

        def deed() -> None:
            with self.cast.work(person) as unit:
                claim(unit, item_id)

        assert not self.attempt(deed)

    @precondition(lambda self: not self.ended)
    @rule(position=positions, person=people)
    def claim(self, position: int, person: str) -> None:
        """Let somebody claim an open step. Recusal is asked at the decision, not at the claim."""
        item, step, department = self.chosen(position)
        person = self.cast_for(person, step, department)
        expected = self.on_the_chair(person, item) and self.model.held.get((step, department), person) == person

        def deed() -> None:
            with self.cast.work(person) as unit:
                claim(unit, item.id)

        assert self.attempt(deed) == expected
        if expected:
            self.model.held[step, department] = person

    @precondition(lambda self: not self.ended)
    @rule(position=positions, person=people)
    def release(self, position: int, person: str) -> None:
        """Let somebody release an open step: only the one who holds it can."""
        item, step, department = self.chosen(position)
        person = self.model.held.get((step, department), "chu") if person == SOMEBODY_FIT else person

        def deed() -> None:
            with self.cast.work(person) as unit:
                release(unit, item.id)

        assert self.attempt(deed) == (self.model.held.get((step, department)) == person)
        if self.model.held.get((step, department)) == person:
            del self.model.held[step, department]

    @invariant()
    def the_open_steps_are_those_of_the_model(self) -> None:
        """Compare the open steps; there is always one unless the case has ended."""
        items = self.cast.items(STREETS)
        assert {(one.element, self.names[one.scope] if one.scope else None) for one in items} == self.model.open
        assert len(items) == len(self.model.open)
        assert bool(items) != self.ended

    @invariant()
    def the_log_is_intact(self) -> None:
        """Check every chain."""
        assert self.cast.verdict().findings == ()

    def cast_for(self, person: str, step: str, department: str | None) -> str:
        """Give the person, or somebody fit for the step when that is asked for."""
        if person != SOMEBODY_FIT:
            return person
        return next((one for one in sorted(PEOPLE) if self.model.may(one, step, department)), "chu")

    def on_the_chair(self, person: str, item: WorkItem) -> bool:
        """Say whether a person is in the group of a step."""
        department = self.names[item.scope] if item.scope else None
        return (item.candidate_group, department) in PEOPLE[person][1]

    def sensible(self, step: str, outcome: Outcome, named: list[str]) -> bool:
        """Say whether the choice itself can be accepted."""
        if step == "assign":
            return bool(named)
        if step == "office_approval" and outcome is Outcome.RETURN:
            return bool(named) and set(named) <= set(self.model.assigned)
        return True

    def deed(self, item: WorkItem, person: str, outcome: Outcome, named: list[str]) -> None:
        """Do the step as a person would."""
        if item.element == "assign":
            self.cast.assign(STREETS, named, by=person)
        elif item.element == "collect":
            self.cast.submit(STREETS, self.names[str(item.scope)], by=person)
        else:
            departments = tuple(self.cast.department(name) for name in named) if item.scope is None else ()
            self.cast.decide(item.id, person, Verdict(outcome, "意见", departments))

    def follow(self, step: str, department: str | None, person: str, outcome: Outcome, named: list[str]) -> None:
        """Let the model take the step that was done."""
        model = self.model
        if step == "assign":
            model.assigned = named
            model.authors = {name: set() for name in named}
            model.done(step, None, *[("collect", name) for name in named])
        elif step == "collect":
            model.authors[str(department)].add(person)
            model.reviewer.pop(str(department), None)
            model.done(step, department, ("department_review", department))
        elif step == "department_review" and outcome is Outcome.APPROVE:
            model.reviewer[str(department)] = person
            model.done(step, department)
        elif step == "department_review":
            # Even a return is a decision on this round; the next round is another one.
            model.done(step, department, ("collect", department))
        elif outcome is Outcome.APPROVE:
            model.done(step, None, ("archive", None))
        else:
            model.done(step, None, *[("collect", name) for name in named])


def test_whoever_does_whatever_the_rules_hold_and_the_log_is_intact(
    another_city: Callable[[], AbstractContextManager[Cast]],
) -> None:
    # Few long runs: it takes some thirty moves to bring a case to its end. Not shrunk: that would take minutes,
    # and the moves of a failing run are printed one by one anyway.
    run_state_machine_as_test(
        lambda: Lifecycle(another_city),
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            phases=[Phase.generate],
        ),
    )
