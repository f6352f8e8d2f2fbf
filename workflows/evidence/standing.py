"""How many parts of many cases stand against their requirements, read at once for lists (齐全情况)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from workflows.evidence.demands import RequirementCheck
from workflows.evidence.gathering import Part, parts


@dataclass(frozen=True)
class Standing:
    """What one part has now: its checks in the order of the rule, and how many photos and other files."""

    checks: tuple[RequirementCheck, ...]
    photos: int
    documents: int


def standings(session: Session, contribution_ids: Sequence[UUID], today: date) -> dict[UUID, Standing]:
    """Give the standing of each part by its id; the number of statements does not depend on how many there are."""
    return {key: _standing(part) for key, part in parts(session, contribution_ids, today).items()}


def _standing(part: Part) -> Standing:
    items = part.gathered.items
    photos = sum(item.kind == "photo" for item in items)
    return Standing(tuple(part.checks()), photos, len(items) - photos)
