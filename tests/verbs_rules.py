"""Which deeds the model of tests/verbs_model.py lets be done, and what they do."""

from collections.abc import Callable
from datetime import timedelta

from verbs_model import (
    DEPARTMENTS,
    LONGEST,
    PANEL,
    PAUSE,
    TAKEN_BACK,
    WAY_BACK,
    Arranged,
    Case,
    Copied,
    Deed,
    Item,
    World,
)

DAY = timedelta(days=1)


def may(world: World, deed: Deed) -> bool:
    """Say whether a deed is to be done; else it is to be refused and nothing may change."""
    item = deed.item
    if item is None:
        return _MAY_WITH_CASE[deed.verb](world, deed)
    if deed.verb in _NEEDS_OPEN and not (world.case.running and item.open and item.step != "archive"):
        return False
    if deed.verb in _NEEDS_REASON and not deed.reason:
        return False
    return _MAY_WITH_ITEM[deed.verb](world, deed, item)


def do(world: World, deed: Deed) -> None:
    """Let a deed be done that may be."""
    if deed.item is None:
        _DO_WITH_CASE[deed.verb](world, deed)
        return
    known, was_open = len(world.case.items), deed.item.open
    _DO_WITH_ITEM[deed.verb](world, deed, deed.item)
    if was_open and not deed.item.open:
        deed.item.after = world.case.items[known:]


def changes_nothing(deed: Deed) -> bool:
    """Say whether a deed that may be done finds its work done: a step already held is claimed, a copy read again."""
    held = deed.verb == "claim" and deed.item is not None and deed.item.holder is not None
    return held or (deed.verb == "read a copy" and isinstance(deed.about, Copied) and deed.about.read)


# With a step.


def _may_do(world: World, deed: Deed, item: Item) -> bool:
    return world.doer(deed.who, item) is not None


def _may_decide(world: World, deed: Deed, item: Item) -> bool:
    return _may_do(world, deed, item) and item.owner is None and not deed.stale


def _may_open(world: World, deed: Deed, item: Item) -> bool:
    return item.open and not item.opened and _may_do(world, deed, item)


def _may_return(world: World, deed: Deed, item: Item) -> bool:
    if not _may_decide(world, deed, item) or deed.to not in WAY_BACK.get(item.step, ()):
        return False
    near: set[str | None] = {None, item.department} if item.department else {None, *DEPARTMENTS}
    if not any(one.step == deed.to and one.done_by and one.department in near for one in world.case.items):
        return False
    several = {"collect": len(world.case.departments), "sign": len(PANEL)}.get(deed.to)
    if several is None or item.department or deed.numbers is None:
        return True
    return any(number < several for number in deed.numbers)


def _may_withdraw(world: World, deed: Deed, item: Item) -> bool:
    if not world.case.running or item.open or item.done_by not in world.acting(deed.who) or not item.after:
        return False
    touched = [one for one in item.after if not one.open or one.opened]
    others = item.step == "sign" and any(one.done_by for one in world.case.round if one is not item)
    return not touched and not others and (item.step, item.after[0].step) in TAKEN_BACK


def _may_reassign(world: World, deed: Deed, item: Item) -> bool:
    entitled = any(one == item.answers or item.supervised_by(one) for one in world.acting(deed.who))
    fit = item.sat_on_by(deed.to) and deed.to not in world.case.before(item) and deed.to not in _also_asked(world, item)
    return entitled and fit and (item.holder != deed.to or item.owner is not None)


def _also_asked(world: World, item: Item) -> set[str | None]:
    """Give who has a say in the panel besides who answers for this item: nobody has two."""
    if item.step != "sign":
        return set()
    said: set[str | None] = {person for one in world.case.round if one is not item for person in one.people}
    return said | {one.answers for one in world.case.open("sign") if one is not item}


def _may_delegate(world: World, deed: Deed, item: Item) -> bool:
    mine = item.holder is not None and item.owner is None and item.holder in world.acting(deed.who)
    return mine and deed.to not in {item.holder, deed.who} and deed.to not in world.case.before(item)


def _may_add(world: World, deed: Deed, item: Item) -> bool:
    if item.step != "sign" or deed.numbers or not item.sat_on_by(deed.to):
        return False
    asked: set[str | None] = {person for one in world.case.round for person in one.people}
    asked |= {one.answers for one in world.case.open("sign")}
    mine = _may_do(world, deed, item) or item.answers in world.acting(deed.who)
    return deed.to not in asked and (mine or world.oversees(deed.who, item))


def _may_remove(world: World, deed: Deed, item: Item) -> bool:
    return item.step == "sign" and len(world.case.open("sign")) > 1 and world.oversees(deed.who, item)


def _may_copy(world: World, deed: Deed, item: Item) -> bool:
    case = world.case
    part = {item.holder, item.owner, case.initiator, *(one.done_by for one in case.items)}
    takes_part = any(one in part or item.sat_on_by(one) for one in world.acting(deed.who))
    waiting = any(one.item is item and one.person == deed.to and not one.read for one in world.copies)
    return (takes_part or world.oversees(deed.who, item)) and deed.to != deed.who and not waiting


def _may_remind(world: World, deed: Deed, item: Item) -> bool:
    seldom = item.reminded is None or world.now - item.reminded >= PAUSE
    return seldom and (world.oversees(deed.who, item) or world.case.initiator in world.acting(deed.who))


def _may_work(world: World, _deed: Deed, item: Item) -> bool:
    return item.step == "archive" and item.open and world.case.running


def _claim(_world: World, deed: Deed, item: Item) -> None:
    if item.holder is None:
        item.holder, item.opened = deed.who, True


def _close(world: World, deed: Deed, item: Item, outcome: str) -> None:
    principal = world.doer(deed.who, item)
    item.open, item.done_by, item.outcome = False, deed.who, outcome
    item.done_for = principal if principal != deed.who else None


def _complete(world: World, deed: Deed, item: Item) -> None:
    _close(world, deed, item, deed.to)
    world.go_on(item, deed.to)


def _return(world: World, deed: Deed, item: Item) -> None:
    _close(world, deed, item, "returned")
    in_branch = deed.to == "collect" and item.department is not None
    for one in world.case.open():
        if not in_branch or one.department == item.department:
            world.drop(one)
    if in_branch:
        world.ask("collect", item.department)
    else:
        _begin_again(world, deed.to, deed.numbers)


def _begin_again(world: World, step: str, branches: tuple[int, ...] | None) -> None:
    if step == "assign":
        world.ask("assign")
    elif step == "collect":
        world.ask_departments(branches)
    else:
        world.ask_panel(branches)


def _withdraw(world: World, _deed: Deed, item: Item) -> None:
    for one in world.case.open():
        if item.step != "collect" or one.department == item.department:
            world.drop(one)
    if item.step == "sign":
        world.ask_panel()
    else:
        world.ask(item.step, item.department, item.done_by)


def _reassign(_world: World, deed: Deed, item: Item) -> None:
    item.holder, item.owner = deed.to, None


def _delegate(_world: World, deed: Deed, item: Item) -> None:
    item.owner, item.holder = item.holder, deed.to


def _resolve(_world: World, _deed: Deed, item: Item) -> None:
    item.holder, item.owner = item.owner, None


def _add(world: World, deed: Deed, _item: Item) -> None:
    world.case.round.append(world.ask("sign", None, deed.to))
    world.case.size += 1


def _remove(world: World, _deed: Deed, item: Item) -> None:
    item.open, item.outcome = False, "removed"
    world.case.size -= 1


def _work(world: World, _deed: Deed, item: Item) -> None:
    item.open, item.outcome, world.case.awaited = False, "filed", True


def _set(name: str, value: object) -> "Effect":
    return lambda _world, _deed, item: setattr(item, name, value)


Rule = Callable[[World, Deed, Item], bool]
Effect = Callable[[World, Deed, Item], None]
_ITEM_VERBS: dict[str, tuple[Rule, Effect]] = {
    "claim": (_may_do, _claim),
    "release": (lambda world, deed, item: bool(item.holder) and _may_decide(world, deed, item), _set("holder", None)),
    "complete": (_may_decide, _complete),
    "open": (_may_open, _set("opened", True)),
    "return": (_may_return, _return),
    "withdraw": (_may_withdraw, _withdraw),
    "reassign": (_may_reassign, _reassign),
    "delegate": (_may_delegate, _delegate),
    "resolve": (lambda world, deed, item: bool(item.owner) and item.holder in world.acting(deed.who), _resolve),
    "add approver": (_may_add, _add),
    "remove approver": (_may_remove, _remove),
    "copy": (_may_copy, lambda world, deed, item: world.copies.append(Copied(item, deed.to))),
    "remind": (_may_remind, lambda world, _deed, item: setattr(item, "reminded", world.now)),
    "work of the machine": (_may_work, _work),
}
_MAY_WITH_ITEM = {verb: rule for verb, (rule, _) in _ITEM_VERBS.items()}
_DO_WITH_ITEM = {verb: effect for verb, (_, effect) in _ITEM_VERBS.items()}
_NEEDS_OPEN = set(_ITEM_VERBS) - {"open", "withdraw", "copy", "work of the machine"}
_NEEDS_REASON = {"return", "reassign", "delegate", "resolve", "add approver", "remove approver"}


# With a case, or with none.


def _may_suspend(world: World, deed: Deed) -> bool:
    return bool(deed.reason) and world.owns(deed.who) and world.case.running


def _may_resume(world: World, deed: Deed) -> bool:
    return bool(deed.reason) and world.owns(deed.who) and world.case.suspended and not world.case.ended


def _may_cancel(world: World, deed: Deed) -> bool:
    return bool(deed.reason) and world.owns(deed.who) and not world.case.ended


def _period(world: World, deed: Deed) -> tuple[timedelta, timedelta]:
    first, last = deed.numbers or (0, 0)
    return first * DAY, last * DAY


def _may_substitute(world: World, deed: Deed) -> bool:
    begin, end = _period(world, deed)
    if not deed.reason or not (deed.who == deed.principal or world.owns(deed.who)):
        return False
    if deed.principal == deed.to or not timedelta(0) < end or not begin < end <= begin + LONGEST:
        return False
    pairs = {
        (one.principal, one.deputy)
        for one in world.arranged
        if not one.revoked and one.begin < world.now + end and one.end > world.now + begin
    }
    return (deed.principal, deed.to) not in pairs and deed.principal not in _deputies(deed.to, pairs)


def _deputies(person: str, pairs: set[tuple[str, str]]) -> set[str]:
    """Give who acts for a person, who acts for those, and so on."""
    found: set[str] = set()
    while more := {deputy for principal, deputy in pairs if principal in {person, *found}} - found:
        found |= more
    return found


def _may_revoke(world: World, deed: Deed) -> bool:
    made = deed.about
    if not isinstance(made, Arranged) or not deed.reason or made.revoked or made.end <= world.now:
        return False
    return deed.who in {made.principal, made.deputy, "流程"}


def _may_read(_world: World, deed: Deed) -> bool:
    return isinstance(deed.about, Copied) and deed.about.person == deed.who


def _substitute(world: World, deed: Deed) -> None:
    begin, end = _period(world, deed)
    world.arranged.append(Arranged(deed.principal, deed.to, world.now + begin, world.now + end))


def _start(world: World, deed: Deed) -> None:
    world.cases.append(Case(deed.to, deed.who))
    world.ask("assign")


def _end(world: World, _deed: Deed) -> None:
    world.case.ended, world.case.suspended = True, False
    world.case.awaited = False
    for one in world.case.open():
        world.drop(one)


def _heard(world: World, deed: Deed) -> None:
    if deed.to == "accepted":
        world.case.archived = True
        _end(world, deed)
    else:
        world.drop(*world.case.open("issue"))
        world.ask_departments()


def _sweep(world: World, _deed: Deed) -> None:
    for one in world.late():
        one.rung = True
        world.ask("chase", one.department)


CaseRule = Callable[[World, Deed], bool]
CaseEffect = Callable[[World, Deed], None]
_CASE_VERBS: dict[str, tuple[CaseRule, CaseEffect]] = {
    "suspend": (_may_suspend, lambda world, _deed: setattr(world.case, "suspended", True)),
    "resume": (_may_resume, lambda world, _deed: setattr(world.case, "suspended", False)),
    "cancel": (_may_cancel, _end),
    "substitute": (_may_substitute, _substitute),
    "end a substitution": (_may_revoke, lambda _world, deed: setattr(deed.about, "revoked", True)),
    "read a copy": (_may_read, lambda _world, deed: setattr(deed.about, "read", True)),
    "start": (lambda world, deed: deed.to not in {one.key for one in world.cases}, _start),
    "message": (lambda world, deed: world.case.running and deed.to in world.awaited(), _heard),
    "timers": (lambda world, _deed: bool(world.late()), _sweep),
}
_MAY_WITH_CASE = {verb: rule for verb, (rule, _) in _CASE_VERBS.items()}
_DO_WITH_CASE = {verb: effect for verb, (_, effect) in _CASE_VERBS.items()}
VERBS_WITH_STEP, VERBS_WITH_CASE = tuple(_ITEM_VERBS), tuple(_CASE_VERBS)
