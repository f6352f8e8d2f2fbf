"""Claim and release (签收、释放): take a step out of the pool of the group, or put it back."""

from dataclasses import replace

from engine import process, work_items
from engine.unit_of_work import UnitOfWork
from engine.work_items import OpenItem
from workflows.lifecycle.cases import case_of
from workflows.lifecycle.words import case_chain


def claim(unit: UnitOfWork, item_id: int) -> OpenItem:
    """Take a step for oneself. Raises Conflict when somebody else holds it."""
    item = process.take(unit, item_id)
    work_items.claim(unit, item)
    unit.record(case_chain(case_of(unit.session, item).no), "work_item.claimed", {"step": item.element})
    return replace(item, assignee_id=unit.actor.id)


def release(unit: UnitOfWork, item_id: int) -> OpenItem:
    """Put a step one holds back into the pool."""
    item = process.take(unit, item_id)
    work_items.release(unit, item)
    unit.record(case_chain(case_of(unit.session, item).no), "work_item.released", {"step": item.element})
    return replace(item, assignee_id=None)
