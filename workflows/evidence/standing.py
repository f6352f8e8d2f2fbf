"""How many parts of many cases stand against their requirements, read at once for lists (齐全情况)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.breakdown import Requirement
from models.evidence import Answer, Assignment, Contribution, Evidence, Waiver
from workflows.evidence.completeness import Demand, Gathered, Item, RequirementCheck, check
from workflows.evidence.gathering import demand_of, item_of


@dataclass(frozen=True)
class Standing:
    """What one part has now: its checks in the order of the rule, and how many photos and other files."""

    checks: tuple[RequirementCheck, ...]
    photos: int
    documents: int


def standings(session: Session, contribution_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Give the standing of each part by its id, in five statements however many there are."""
    wanted = list(contribution_ids)
    rules = _rules(session, wanted)
    demands = _demands(session, set(rules.values()))
    gathered = _gathered(session, wanted)
    return {key: _standing(demands[rule], gathered[key]) for key, rule in rules.items()}


def _standing(demands: Sequence[Demand], gathered: Gathered) -> Standing:
    photos = sum(item.kind == "photo" for item in gathered.items)
    return Standing(tuple(check(demands, gathered)), photos, len(gathered.items) - photos)


def _rules(session: Session, wanted: Sequence[UUID]) -> dict[UUID, UUID]:
    query = select(Contribution.id, Assignment.rule_id).join(Contribution.assignment).where(Contribution.id.in_(wanted))
    return {row.id: row.rule_id for row in session.execute(query)}


def _demands(session: Session, rules: set[UUID]) -> dict[UUID, list[Demand]]:
    found: dict[UUID, list[Demand]] = defaultdict(list)
    query = select(Requirement).where(Requirement.rule_id.in_(rules)).order_by(Requirement.position)
    for requirement in session.scalars(query):
        found[requirement.rule_id].append(demand_of(requirement))
    return found


def _gathered(session: Session, wanted: Sequence[UUID]) -> dict[UUID, Gathered]:
    items: dict[UUID, list[Item]] = defaultdict(list)
    query = (
        select(Evidence)
        .options(joinedload(Evidence.file))
        .where(Evidence.contribution_id.in_(wanted), Evidence.removed_at.is_(None))
        .order_by(Evidence.created_at, Evidence.id)
    )
    for one in session.scalars(query):
        items[one.contribution_id].append(item_of(one))
    answers: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    for answer in session.scalars(select(Answer).where(Answer.contribution_id.in_(wanted))):
        answers[answer.contribution_id][answer.requirement_id] = answer.value
    waivers: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for waiver in session.scalars(select(Waiver).where(Waiver.contribution_id.in_(wanted))):
        waivers[waiver.contribution_id][waiver.requirement_id] = waiver.reason
    return {key: Gathered(items[key], answers[key], waivers[key]) for key in wanted}
