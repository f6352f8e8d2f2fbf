"""What must be true of a case that random people drive: whose step it is, who did what, what is open.

Written from docs/verbs.md and the drawing tests/models/approval_whole.bpmn, without a look at the engine: it knows no
tables, no tokens and no states. tests/verbs_rules.py says which deeds are to be done and which refused.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DEPARTMENTS = ("甲", "乙")
#: In what order the drawing asks them; a deed names them by this.
PANEL = ("签一", "签二", "签三")
#: Who holds which seats (group and department) and supervises which.
SEATS: dict[str, frozenset[tuple[str, str | None]]] = {
    "甲收": frozenset({("collector", "甲")}),
    "乙收": frozenset({("collector", "乙")}),
    "甲审": frozenset({("reviewer", "甲")}),
    "甲双": frozenset({("collector", "甲"), ("reviewer", "甲")}),
    "乙双": frozenset({("collector", "乙"), ("reviewer", "乙")}),
    "通岗": frozenset({("collector", "甲"), ("reviewer", "乙"), ("office", None)}),
    "签一": frozenset({("approver", None)}),
    "签二": frozenset({("approver", None)}),
    "签三": frozenset({("approver", None), ("office", None)}),
    "签审": frozenset({("approver", None), ("reviewer", "甲")}),
    "办一": frozenset({("office", None)}),
    "总管": frozenset(),
    "甲管": frozenset(),
    "流程": frozenset({("process_owner", None)}),
    "管理": frozenset({("administrator", None)}),
    "旁人": frozenset(),
}
EVERY_SEAT = frozenset((group, None) for group in ("collector", "reviewer", "approver", "office"))
SUPERVISES: dict[str, frozenset[tuple[str, str | None]]] = {
    "总管": EVERY_SEAT,
    "甲管": frozenset({("collector", "甲"), ("reviewer", "甲")}),
}
PEOPLE = tuple(SEATS)
MACHINE = "system"
GROUP = {
    "assign": "office", "collect": "collector", "chase": "reviewer", "review": "reviewer",
    "sign": "approver", "issue": "office", "archive": "system",
}  # fmt: skip
SEPARATE = {"review": ("collect",), "issue": ("collect", "review")}
OUTCOMES = {"assign": ("甲乙", "甲", "乙"), "collect": ("done",), "chase": ("done",)}
DECISION = ("approve", "approve", "return")
#: What a step leads to that can be taken back, and how far a return may go, as drawn.
TAKEN_BACK = {("assign", "collect"), ("collect", "review"), ("sign", "issue")}
WAY_BACK = {
    "collect": ("assign",), "chase": ("assign", "collect"), "review": ("assign", "collect"),
    "sign": ("assign", "collect"), "issue": ("assign", "collect", "sign"),
}  # fmt: skip
LATE = timedelta(hours=48)
PAUSE = timedelta(hours=24)
LONGEST = timedelta(days=366)


@dataclass(eq=False)
class Item:
    """One step somebody is asked to do. `after` are the steps that were opened when it was closed."""

    number: int
    step: str
    department: str | None
    holder: str | None
    since: datetime
    owner: str | None = None
    opened: bool = False
    rung: bool = False
    reminded: datetime | None = None
    open: bool = True
    done_by: str | None = None
    done_for: str | None = None
    outcome: str | None = None
    after: list["Item"] = field(default_factory=list)

    @property
    def answers(self) -> str | None:
        """Give who answers for this step."""
        return self.owner or self.holder

    @property
    def people(self) -> set[str]:
        """Give who did this step, and for whom."""
        return {one for one in (self.done_by, self.done_for) if one is not None}

    def sat_on_by(self, person: str) -> bool:
        """Say whether a person is in the group of this step."""
        return bool(SEATS[person] & {(GROUP[self.step], self.department), (GROUP[self.step], None)})

    def supervised_by(self, person: str) -> bool:
        """Say whether a person supervises this step."""
        return bool(SUPERVISES.get(person, frozenset()) & {(GROUP[self.step], self.department), (GROUP[self.step], None)})


@dataclass(eq=False)
class Case:
    """One process. `round` holds the steps of the panel that is asked now, `size` how many votes count in it."""

    key: str
    initiator: str
    items: list[Item] = field(default_factory=list)
    departments: tuple[str, ...] = ()
    round: list[Item] = field(default_factory=list)
    size: int = 0
    suspended: bool = False
    ended: bool = False
    archived: bool = False
    awaited: bool = False

    @property
    def running(self) -> bool:
        """Say whether anything can move this case."""
        return not self.ended and not self.suspended

    def open(self, step: str | None = None) -> list[Item]:
        """Give what is open, of one step if asked."""
        return [one for one in self.items if one.open and step in {None, one.step}]

    def before(self, item: Item) -> set[str]:
        """Give the people who did what a step must be separate from."""
        named = SEPARATE.get(item.step, ())
        near = [one for one in self.items if item.department in {None, one.department} and one.step in named]
        return {person for one in near for person in one.people}


@dataclass(eq=False)
class Arranged:
    """A substitution."""

    principal: str
    deputy: str
    begin: datetime
    end: datetime
    revoked: bool = False


@dataclass(eq=False)
class Copied:
    """A copy of a step that was sent to somebody."""

    item: Item
    person: str
    read: bool = False


@dataclass(frozen=True)
class Deed:
    """Somebody tries something: `verb` on the step `item`; `to` names the person, step, outcome or event it is about.

    `numbers` are the branches of a return, the first and last day of a substitution, or (1,) for adding an approver
    before the one asked now. `stale`: the form was shown before the step changed hands.
    """

    verb: str
    who: str
    item: Item | None = None
    to: str = ""
    numbers: tuple[int, ...] | None = None
    reason: str = "事由"
    stale: bool = False
    principal: str = ""
    about: Arranged | Copied | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        step = f" {self.item.number} {self.item.step}@{self.item.department}" if self.item else ""
        rest = [str(one) for one in (self.to, self.numbers, self.principal, self.about) if one]
        return f"{self.who} {self.verb}{step} {' '.join(rest)}{'' if self.reason else ' without reason'}"


@dataclass
class World:
    """Everything the model knows."""

    now: datetime
    cases: list[Case] = field(default_factory=list)
    arranged: list[Arranged] = field(default_factory=list)
    copies: list[Copied] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """Give the case that is driven now."""
        return self.cases[-1]

    def acting(self, who: str) -> list[str]:
        """Give a person and everybody they substitute now."""
        now = [one for one in self.arranged if one.deputy == who and not one.revoked and one.begin <= self.now < one.end]
        return [who, *sorted({one.principal for one in now})]

    def doer(self, who: str, item: Item) -> str | None:
        """Give in whose name a person may do a step now, or None."""
        before = self.case.before(item)
        for one in self.acting(who):
            if item.sat_on_by(one) and item.holder in {None, one, who} and before.isdisjoint({one, who}):
                return one
        return None

    def owns(self, who: str) -> bool:
        """Say whether a person, or somebody they substitute, owns all processes."""
        return "流程" in self.acting(who)

    def oversees(self, who: str, item: Item) -> bool:
        """Say whether a person supervises a step or owns all processes, in their own name or another's."""
        return self.owns(who) or any(item.supervised_by(one) for one in self.acting(who))

    # What the drawing does.

    def ask(self, step: str, department: str | None = None, holder: str | None = None) -> Item:
        """Open a step."""
        item = Item(len(self.case.items), step, department, holder, self.now)
        self.case.items.append(item)
        return item

    def drop(self, *which: Item) -> None:
        """Withdraw open steps; without any named, all."""
        for item in which or self.case.open():
            item.open = False

    def ask_departments(self, branches: tuple[int, ...] | None = None) -> None:
        """Begin the part of the departments, in all of them or in some."""
        for number, department in enumerate(self.case.departments):
            if branches is None or number in branches:
                self.ask("collect", department)

    def ask_panel(self, branches: tuple[int, ...] | None = None) -> None:
        """Ask the panel, or some of it."""
        asked = [one for number, one in enumerate(PANEL) if branches is None or number in branches]
        self.case.round = [self.ask("sign", None, one) for one in asked]
        self.case.size = len(asked)

    def go_on(self, item: Item, outcome: str) -> None:
        """Go the drawn way from a step that was done."""
        case = self.case
        if item.step == "assign":
            case.departments = tuple(outcome)
            self.ask_departments()
        elif item.step == "collect":
            self.ask("review", item.department)
        elif item.step == "review" and outcome == "return":
            self.ask("collect", item.department)
        elif item.step in {"review", "chase"}:
            if not case.open():
                self.ask_panel()
        elif item.step == "sign":
            self.weigh()
        elif outcome == "approve":
            self.ask("archive")
        else:
            self.ask_departments()

    def weigh(self) -> None:
        """Count the votes: two thirds are for it, or can no longer be."""
        case = self.case
        votes = [one.outcome for one in case.round if one.done_by is not None]
        agreed, against = votes.count("approve"), votes.count("return")
        if agreed * 3 < case.size * 2 and against * 3 <= case.size:
            return
        for one in case.open("sign"):
            self.drop(one)
        if agreed >= against * 2:
            self.ask("issue")
        else:
            self.ask_departments()

    def late(self) -> list[Item]:
        """Give the collections whose time is up and that have not been chased."""
        if not self.cases or not self.case.running:
            return []
        return [one for one in self.case.open("collect") if not one.rung and self.now >= one.since + LATE]

    def next_due(self) -> datetime | None:
        """Give the moment of the next timer of the case."""
        return min((one.since + LATE for one in self.case.open("collect") if not one.rung), default=None)

    def awaited(self) -> set[str]:
        """Give the messages the case waits for."""
        return ({"recalled"} if self.case.open("issue") else set()) | ({"accepted"} if self.case.awaited else set())
