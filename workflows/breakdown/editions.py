"""Editions (版本): next year's task table beside this year's, what became of every rule, and what people say to it.

The comparison is proposed by the machine and settled by people: a pair is confirmed, parted, or made by hand. Nothing
goes over from one edition to the other by itself (see `carrying_over`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from engine.catalogue import N_
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import BreakdownTable, Rule, TaskBreakdown
from models.editions import Edition, PairState, RulePair
from workflows.breakdown.edition_matching import Match, RuleText, matches, plain_text
from workflows.breakdown.shapes import BreakdownDocument, NamedRequirement


#: How many pairs one record names: a record holds 64 KiB.
_RECORDED = 200


class Change(StrEnum):
    """What differs between two rules that are one."""

    TEXT = "text"
    NUMBER = "number"  # renumbered: its number, or the code of its indicator
    INDICATOR = "indicator"  # moved to another indicator
    POINTS = "points"
    DEPARTMENTS = "departments"
    DEADLINE = "deadline"
    ADVICE = "advice"
    REQUIREMENTS = "requirements"


@dataclass(frozen=True)
class Compared:
    """A rule of both editions: the match, and everything that differs."""

    match: Match
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Comparison:
    """Two editions beside each other; `added` and `removed` are places in `newer` and `older`."""

    older: tuple[RuleText, ...]
    newer: tuple[RuleText, ...]
    pairs: tuple[Compared, ...]
    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True)
class EditionRow:
    """One line of a stored comparison: a rule that goes on, is new (no `older`), or is gone (no `newer`)."""

    older: Rule | None
    newer: Rule | None
    pair: RulePair | None


def compare(session: Session, older_id: UUID, newer: UUID | BreakdownDocument) -> Comparison:
    """Compare an imported document with another one, or with one that was only read. Raises NotFound."""
    old = tuple(stored_text(rule) for rule in rules_of(session, older_id))
    if isinstance(newer, BreakdownDocument):
        return _compared(old, read_texts(newer))
    return _compared(old, tuple(stored_text(rule) for rule in rules_of(session, newer)))


def open_edition(unit: UnitOfWork, older_id: UUID, newer_id: UUID) -> Edition:
    """Compare two imported documents and keep what is found; a second time gives what is there.

    Raises NotFound, Invalid when both are the same document, Conflict when they were compared the other way round.
    """
    if older_id == newer_id:
        raise Invalid(N_("Choose another table: a table is not compared with itself."))
    held = _held(unit.session, older_id, newer_id)
    if held is not None:
        return held
    if _held(unit.session, newer_id, older_id) is not None:
        raise Conflict(N_("These two tables were compared the other way round already."))
    old, new = rules_of(unit.session, older_id), rules_of(unit.session, newer_id)
    found = _compared(tuple(map(stored_text, old)), tuple(map(stored_text, new)))
    newer = unit.session.get_one(TaskBreakdown, newer_id)
    edition = Edition(
        campaign_id=newer.campaign_id,
        older_id=older_id,
        newer_id=newer_id,
        compared_at=unit.now,
        compared_by=unit.actor.id,
    )
    unit.session.add(edition)
    unit.session.flush()
    unit.session.add_all(_proposed(edition, old[one.match.older], new[one.match.newer], one) for one in found.pairs)
    unit.session.flush()
    details = {
        "edition": str(edition.id), "older": edition.older.title, "newer": newer.title,
        "pairs": len(found.pairs), "added": len(found.added), "removed": len(found.removed),
    }  # fmt: skip
    unit.record(chain_of(edition), "edition.compared", details)
    return edition


def confirm(unit: UnitOfWork, edition_id: UUID, pair_ids: Sequence[UUID]) -> int:
    """Say that pairs are right; gives how many were not settled before. Raises NotFound."""
    edition = locked_edition(unit, edition_id)
    fresh = [one for one in (_pair(unit.session, edition, key) for key in pair_ids) if one.state == PairState.PROPOSED]
    for one in fresh:
        _settle(unit, one, PairState.CONFIRMED)
    for start in range(0, len(fresh), _RECORDED):
        named = [_named(one) for one in fresh[start : start + _RECORDED]]
        unit.record(chain_of(edition), "rule_pairs.confirmed", {"edition": str(edition.id), "pairs": named})
    return len(fresh)


def confirm_sure(unit: UnitOfWork, edition_id: UUID) -> int:
    """Confirm every proposed pair that is not doubtful; gives how many."""
    query = select(RulePair.id).where(
        RulePair.edition_id == edition_id, RulePair.state == PairState.PROPOSED, RulePair.doubtful.is_(False)
    )
    return confirm(unit, edition_id, list(unit.session.scalars(query)))


def part(unit: UnitOfWork, edition_id: UUID, pair_id: UUID) -> None:
    """Say that two rules are not one: the older is gone then, the newer new.

    Raises NotFound, Conflict once something was carried over from one to the other.
    """
    edition = locked_edition(unit, edition_id)
    pair = _pair(unit.session, edition, pair_id)
    if pair.state == PairState.PARTED:
        return
    _check_nothing_carried(pair)
    _settle(unit, pair, PairState.PARTED)
    unit.record(chain_of(edition), "rule_pair.parted", {"edition": str(edition.id), **_named(pair)})


def pair_by_hand(unit: UnitOfWork, edition_id: UUID, older_rule_id: UUID, newer_rule_id: UUID) -> RulePair:
    """Say that two rules are one, whatever they were paired with before.

    Raises NotFound when one of them is in no edition of the two, Conflict once a former pair has carried something over.
    """
    edition = locked_edition(unit, edition_id)
    old = next((one for one in rules_of(unit.session, edition.older_id) if one.id == older_rule_id), None)
    new = next((one for one in rules_of(unit.session, edition.newer_id) if one.id == newer_rule_id), None)
    if old is None or new is None:
        raise NotFound(N_("There is no such rule in these two tables."))
    kept = None
    for one in _pairs_with(unit.session, edition, older_rule_id, newer_rule_id):
        if (one.older_rule_id, one.newer_rule_id) == (older_rule_id, newer_rule_id):
            kept = one
        elif one.state != PairState.PARTED:
            _check_nothing_carried(one)
            _settle(unit, one, PairState.PARTED)
    unit.session.flush()
    if kept is None:
        kept = _by_hand(edition, old, new)
        unit.session.add(kept)
    _settle(unit, kept, PairState.CONFIRMED)
    unit.session.flush()
    unit.record(chain_of(edition), "rule_pair.made", {"edition": str(edition.id), **_named(kept)})
    return kept


def rows_of(session: Session, edition: Edition) -> list[EditionRow]:
    """Give a comparison line by line: the newer table in its order, then what is gone."""
    query = select(RulePair).where(RulePair.edition_id == edition.id, RulePair.state != PairState.PARTED)
    pairs = list(session.scalars(query))
    by_newer, kept = {one.newer_rule_id: one for one in pairs}, {one.older_rule_id for one in pairs}
    older = {rule.id: rule for rule in rules_of(session, edition.older_id)}
    lines = [
        EditionRow(older[pair.older_rule_id] if pair else None, rule, pair)
        for rule in rules_of(session, edition.newer_id)
        for pair in (by_newer.get(rule.id),)
    ]
    return [*lines, *(EditionRow(rule, None, None) for key, rule in older.items() if key not in kept)]


def get_edition(session: Session, edition_id: UUID) -> Edition:
    """Give a stored comparison. Raises NotFound."""
    edition = session.get(Edition, edition_id)
    if edition is None:
        raise NotFound(N_("There is no such comparison."))
    return edition


def locked_edition(unit: UnitOfWork, edition_id: UUID) -> Edition:
    """Give a stored comparison to change it: one person at a time. Raises NotFound."""
    edition = unit.session.get(Edition, edition_id, with_for_update=True)
    if edition is None:
        raise NotFound(N_("There is no such comparison."))
    return edition


def get_pair(session: Session, edition: Edition, pair_id: UUID) -> RulePair:
    """Give a pair of a comparison. Raises NotFound."""
    return _pair(session, edition, pair_id)


def rules_of(session: Session, breakdown_id: UUID) -> list[Rule]:
    """Give the rules of an imported document in their order. Raises NotFound."""
    if session.get(TaskBreakdown, breakdown_id) is None:
        raise NotFound(N_("There is no such task table."))
    query = (
        select(Rule)
        .join(BreakdownTable)
        .where(BreakdownTable.breakdown_id == breakdown_id)
        .options(selectinload(Rule.departments), selectinload(Rule.requirements), selectinload(Rule.table))
        .order_by(BreakdownTable.position, Rule.position)
    )
    return list(session.scalars(query))


def stored_text(rule: Rule) -> RuleText:
    """Give what a stored rule says."""
    wanted = (one for one in rule.requirements if one.origin == "table")
    return RuleText(
        rule.indicator,
        rule.item_no,
        rule.text,
        rule.points,
        frozenset((one.canonical, one.role) for one in rule.departments),
        rule.deadline or "",
        rule.advice,
        tuple(sorted(_demand(one.kind, one.value, one.unit, one.per) for one in wanted)),
    )


def read_texts(document: BreakdownDocument) -> tuple[RuleText, ...]:
    """Give what the rules of a document say that was only read."""
    return tuple(
        RuleText(
            row.indicator,
            row.item_no,
            row.text,
            row.points,
            frozenset((one.canonical, one.role) for one in row.departments),
            row.deadline or "",
            row.advice,
            tuple(sorted(_read_demand(one) for one in row.requirements)),
        )
        for table in document.tables
        for row in table.rows
    )


def differences(old: RuleText, new: RuleText) -> tuple[Change, ...]:
    """Say what differs between two rules that are one; signs and blanks make no difference."""
    renumbered = plain_text(old.item_no) != plain_text(new.item_no) or (
        old.indicator_name == new.indicator_name and old.indicator.strip() != new.indicator.strip()
    )
    found = (
        (Change.TEXT, old.plain != new.plain),
        (Change.NUMBER, renumbered),
        (Change.INDICATOR, old.indicator_name != new.indicator_name),
        (Change.POINTS, old.points != new.points),
        (Change.DEPARTMENTS, old.departments != new.departments),
        (Change.DEADLINE, plain_text(old.deadline) != plain_text(new.deadline)),
        (Change.ADVICE, plain_text(old.advice) != plain_text(new.advice)),
        (Change.REQUIREMENTS, old.requirements != new.requirements),
    )
    return tuple(change for change, differs in found if differs)


def chain_of(edition: Edition) -> str:
    """Name the audit chain a comparison is recorded on: that of the newer campaign."""
    return f"campaign:{edition.campaign_id}"


def _compared(old: tuple[RuleText, ...], new: tuple[RuleText, ...]) -> Comparison:
    found = matches(old, new) if old and new else []
    kept, gone_on = {one.newer for one in found}, {one.older for one in found}
    pairs = tuple(Compared(one, differences(old[one.older], new[one.newer])) for one in found)
    added = tuple(place for place in range(len(new)) if place not in kept)
    return Comparison(old, new, pairs, added, tuple(place for place in range(len(old)) if place not in gone_on))


def _proposed(edition: Edition, old: Rule, new: Rule, found: Compared) -> RulePair:
    return RulePair(
        edition_id=edition.id,
        older_rule_id=old.id,
        newer_rule_id=new.id,
        state=PairState.PROPOSED,
        likeness=Decimal(str(found.match.likeness)),
        doubtful=found.match.doubtful,
        changes=[change.value for change in found.changes],
    )


def _by_hand(edition: Edition, old: Rule, new: Rule) -> RulePair:
    changes = differences(stored_text(old), stored_text(new))
    return _proposed(edition, old, new, Compared(Match(0, 0, 1.0, doubtful=False), changes))


def _held(session: Session, older_id: UUID, newer_id: UUID) -> Edition | None:
    query = select(Edition).where(Edition.older_id == older_id, Edition.newer_id == newer_id)
    return session.scalars(query).one_or_none()


def _pair(session: Session, edition: Edition, pair_id: UUID) -> RulePair:
    pair = session.get(RulePair, pair_id)
    if pair is None or pair.edition_id != edition.id:
        raise NotFound(N_("There is no such pair of rules in this comparison."))
    return pair


def _pairs_with(session: Session, edition: Edition, older_rule_id: UUID, newer_rule_id: UUID) -> list[RulePair]:
    either = (RulePair.older_rule_id == older_rule_id) | (RulePair.newer_rule_id == newer_rule_id)
    return list(session.scalars(select(RulePair).where(RulePair.edition_id == edition.id, either)))


def _settle(unit: UnitOfWork, pair: RulePair, state: PairState) -> None:
    pair.state, pair.settled_at, pair.settled_by = state, unit.now, unit.actor.id


def _check_nothing_carried(pair: RulePair) -> None:
    if pair.departments_carried or pair.requirements_carried:
        raise Conflict(N_("Departments or requirements were carried over between these two rules; they stay one."))


def _named(pair: RulePair) -> dict[str, str]:
    return {"older": str(pair.older_rule_id), "newer": str(pair.newer_rule_id)}


def _demand(kind: str, value: Decimal | None, unit: str | None, per: str | None) -> str:
    figure = "" if value is None else f"{value.normalize():f}"
    return "|".join((kind, figure, unit or "", per or ""))


def _read_demand(demand: NamedRequirement) -> str:
    return _demand(demand.kind, demand.value, demand.unit, demand.per)
