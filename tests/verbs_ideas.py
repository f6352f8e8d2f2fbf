"""Deeds that can be thought of in a world of tests/verbs_model.py, fit or not, in an order that chance decides."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import TypeVar

from verbs_model import DECISION, MACHINE, OUTCOMES, PEOPLE, WAY_BACK, Arranged, Copied, Deed, Item, World
from verbs_rules import VERBS_WITH_CASE, VERBS_WITH_STEP, may

VERBS = (*VERBS_WITH_STEP, *VERBS_WITH_CASE)
#: Days from now: now for long, soon and short, too long, upside down, over.
PERIODS = ((0, 10), (0, 30), (0, 30), (1, 3), (0, 400), (2, 1), (-3, -1))
BRANCHES = (None, None, (0,), (1,), (0, 1), (7,), ())
HANDED_TO = {"reassign", "delegate", "add approver", "copy"}

T = TypeVar("T")


def any_deed(world: World, verb: str, chance: Random) -> Deed | None:
    """Give a deed with a verb, fit or not; None where there is nothing to try it on."""
    return next(_ideas(world, verb, chance), None)


def near_deed(world: World, verb: str, chance: Random) -> Deed | None:
    """Give a deed that is to be refused although somebody of the group tries it, with a reason, on an open step.

    Half of the time somebody who did before what the step must be separate from, if there is anybody.
    """
    near = [one for one in _ideas(world, verb, chance) if _almost(world, one) and not may(world, one)]
    concerned = [one for one in near if one.item and world.case.before(one.item) & set(world.acting(one.who))]
    if concerned and chance.random() < 1 / 2:
        return concerned[0]
    return near[0] if near else None


def fit_deed(world: World, verb: str, chance: Random) -> Deed | None:
    """Give a deed with a verb that may be done, if there is one."""
    return next((one for one in _ideas(world, verb, chance) if may(world, one)), None)


def several_fit(world: World, item: Item, chance: Random) -> list[Deed]:
    """Give how different people could do one step now."""
    return [one for one in _with_item(world, "complete", item, chance) if may(world, one)]


def _almost(world: World, deed: Deed) -> bool:
    if deed.item is None or not deed.item.open or deed.stale or not deed.reason:
        return False
    return any(deed.item.sat_on_by(one) for one in world.acting(deed.who) if one != MACHINE)


def _ideas(world: World, verb: str, chance: Random) -> Iterator[Deed]:
    if verb in VERBS_WITH_CASE:
        yield from _with_case(world, verb, chance)
        return
    items = _mixed(world.case.items, chance)
    if chance.random() < 2 / 3:
        items.sort(key=lambda one: not one.open)
    for item in items:
        yield from _with_item(world, verb, item, chance)


def _with_item(world: World, verb: str, item: Item, chance: Random) -> Iterator[Deed]:
    if verb == "work of the machine":
        people = [MACHINE]
    else:
        people = _mixed(PEOPLE, chance)
        if chance.random() < 1 / 2:  # first those who could do it only for somebody absent
            people.sort(key=lambda one: world.doer(one, item) in {None, one})
    objects: Sequence[str] = [""]
    if verb in HANDED_TO:
        objects = _mixed(PEOPLE, chance)
    elif verb == "complete":
        objects = _mixed(OUTCOMES.get(item.step, DECISION), chance)
    elif verb == "return":
        objects = _mixed([*WAY_BACK, *WAY_BACK.get(item.step, ())], chance)
    for who, to in product(people, objects):
        numbers = chance.choice(BRANCHES) if verb == "return" else None
        if verb == "add approver" and chance.random() < 1 / 8:
            numbers = (1,)
        stale = verb == "complete" and chance.random() < 1 / 8
        yield Deed(verb, who, item, to, numbers, _reason(chance), stale)


def _with_case(world: World, verb: str, chance: Random) -> Iterator[Deed]:
    if verb == "substitute":
        for who, deputy in product(_mixed(PEOPLE, chance), _mixed(PEOPLE, chance)):
            principal = chance.choice([who, chance.choice(PEOPLE)])
            yield Deed(verb, who, None, deputy, chance.choice(PERIODS), _reason(chance), principal=principal)
    elif verb in {"end a substitution", "read a copy"}:
        made: Sequence[Arranged | Copied] = world.arranged if verb == "end a substitution" else world.copies
        for about, who in product(_mixed(made, chance), _mixed(PEOPLE, chance)):
            yield Deed(verb, who, None, reason=_reason(chance), about=about)
    elif verb in {"message", "timers"}:
        for name in _mixed(("recalled", "accepted"), chance) if verb == "message" else ("",):
            yield Deed(verb, MACHINE, None, name)
    else:
        taken, free = world.case.key, f"T-{len(world.cases) + 1}"
        to = "" if verb != "start" else free if world.case.ended else taken
        for who in _mixed(PEOPLE, chance):
            yield Deed(verb, who, None, to, reason=_reason(chance))


def _reason(chance: Random) -> str:
    return chance.choice(("事由", "事由", "事由", ""))


def _mixed(several: Sequence[T], chance: Random) -> list[T]:
    return chance.sample(several, len(several))
