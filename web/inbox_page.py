"""What the inbox shows: the tabs of a role, a page of a list, the step beside it, and the way out when it is empty."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from engine.work_items import queues_for
from models.people import Role
from models.process import WorkItem
from web import inbox_rows, moments, signature_state, work_lists
from web.decision_form import Typed
from web.inbox_rows import Listed
from web.inbox_scans import WINDOW, Side
from web.language import translated
from web.preview import preview
from web.session import SignedIn, now
from web.work_lists import DONE, POOL, RETURNED, TODO, Counts, ListState

_DECIDERS = frozenset({Role.DEPARTMENT_REVIEWER, Role.CREATION_OFFICE})
_WORKERS = _DECIDERS | {Role.COLLECTOR}
#: Key, label, count.
_Tabs = tuple[tuple[str, str, int | None], ...]
_SORT_LABELS = {
    work_lists.BY_DUE: N_("What is due first"),
    work_lists.BY_RETURN: N_("What was returned first"),
    work_lists.BY_AGE: N_("Newest first"),
    work_lists.BY_NUMBER: N_("By number"),
}


@dataclass(frozen=True)
class Asked:
    """What an address asks of the inbox: the list, its page (None: the first), the step to show beside it."""

    state: ListState
    beside: tuple[Side, int] | None
    selected: int | None


def page(session: Session, viewer: SignedIn, asked: Asked, typed: Typed | None = None) -> dict[str, Any]:
    """Give what inbox/list.html reads."""
    state = asked.state
    counts = work_lists.counts(session, viewer.actor, now(), moments.start_of_day(moments.today(now())))
    page_of_list = work_lists.listed(session, viewer.actor, state, asked.beside)
    steps = inbox_rows.read(session, page_of_list.ids)
    beside = _beside(session, viewer, steps, asked)
    rows = inbox_rows.rows(session, steps, state, now(), dict([asked.beside] if asked.beside else []))
    for row in rows:
        row["selected"] = beside is not None and row["item_id"] == beside.item.id
    return {
        "view": state.view,
        "tabs": _tabs(viewer, state, counts),
        "late": counts.late,
        "done_today": counts.done_today,
        "q": state.q,
        "sorts": [
            {"value": key, "label": translated(label), "selected": key == state.sort}
            for key, label in _SORT_LABELS.items()
        ],
        "rows": rows,
        "pages": _pages(state, page_of_list),
        "looked_at": _looked_at(session, viewer.actor, state),
        "preview": preview(session, viewer, beside, state, typed) if beside is not None else None,
        "empty": _empty(viewer, state, counts),
        "signature": signature_state.notice_of(session, viewer.person_id, now()) if viewer.roles & _DECIDERS else None,
    }


def alone(session: Session, viewer: SignedIn, state: ListState, item_id: int) -> dict[str, Any]:
    """Give the preview of one step. Raises NotFound when it is in none of this person's lists."""
    return preview(session, viewer, own_step(session, viewer.actor, item_id), state)


def own_step(session: Session, actor: Actor, item_id: int) -> Listed:
    """Give a step of this person: one of their queues, or done by them. Raises NotFound."""
    steps = inbox_rows.read(session, [item_id])
    if not steps or not _own(actor, steps[0].item):
        raise NotFound(N_("There is no such step in your inbox. It may have been done or claimed by somebody else."))
    return steps[0]


def _own(actor: Actor, item: WorkItem) -> bool:
    if item.closed_at is not None:
        return item.closed_by is not None and item.closed_by == actor.id
    return item.queue in queues_for(actor)


def _beside(session: Session, viewer: SignedIn, steps: list[Listed], asked: Asked) -> Listed | None:
    on_page = {step.item.id: step for step in steps}
    if asked.selected in on_page:
        return on_page[asked.selected]
    # Another page of the list, or a step that has just changed lists: shown all the same while it is theirs.
    elsewhere = inbox_rows.read(session, [asked.selected]) if asked.selected is not None else []
    if elsewhere and _own(viewer.actor, elsewhere[0].item) and elsewhere[0].item.closed_at is None:
        return elsewhere[0]
    return steps[0] if steps else None


def _tabs(viewer: SignedIn, state: ListState, counts: Counts) -> list[dict[str, Any]]:
    if not viewer.roles & _WORKERS:
        tabs: _Tabs = ((TODO, N_("For me"), counts.todo), (DONE, N_("Done"), None))
    else:
        tabs = _work_tabs(viewer, counts)
    return [
        {"key": key, "label": translated(label), "count": None if count is None else work_lists.number(count), "href": ListState(key, state.sort, "").href("/inbox")}
        for key, label, count in tabs
    ]


def _work_tabs(viewer: SignedIn, counts: Counts) -> _Tabs:
    decides = bool(viewer.roles & _DECIDERS)
    office = Role.CREATION_OFFICE in viewer.roles
    return (
        (TODO, N_("For me"), counts.todo),
        (POOL, N_("To claim") if office else N_("My department"), counts.pool),
        (RETURNED, N_("Handed in again") if decides else N_("Returned to repair"), counts.returned),
        (DONE, N_("Done"), None),
    )


def _pages(state: ListState, shown: work_lists.Page) -> dict[str, Any]:
    def href(side: Side, item_id: int) -> str:
        return state.href("/inbox", **{side: item_id})

    return {
        "first": None,
        "previous_href": href(Side.BEFORE, shown.ids[0]) if shown.before and shown.ids else None,
        "next_href": href(Side.AFTER, shown.ids[-1]) if shown.after and shown.ids else None,
    }


def _looked_at(session: Session, actor: Actor, state: ListState) -> int | None:
    """Give how many steps the filter looked at, where that is not the whole list."""
    return WINDOW if state.q and work_lists.length(session, actor, state) >= WINDOW else None


def _empty(viewer: SignedIn, state: ListState, counts: Counts) -> dict[str, Any]:
    if state.q:
        clear = (ListState(state.view, state.sort, "").href("/inbox"), translated(N_("Clear the filter")), True)
        return _calm(N_("Nothing in this list matches “{q}”"), "", [clear], q=state.q)
    if state.view == DONE:
        return _calm(N_("You have done nothing yet"), N_("What you decide, hand in or assign is listed here."), [])
    if state.view == RETURNED:
        return _calm(N_("Nothing has come back"), N_("What was returned is listed here until it is settled."), [_to_todo(state)])
    if state.view == POOL and counts.todo:
        return _calm(N_("Nothing is left to claim"), "", [_to_todo(state)])
    return _all_done(viewer, counts)


def _all_done(viewer: SignedIn, counts: Counts) -> dict[str, Any]:
    actions = []
    if Role.CREATION_OFFICE in viewer.roles:
        actions.append((url_for("imports.index"), translated(N_("Import a task table")), not counts.done_today))
    if viewer.roles & {Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR, Role.DEPARTMENT_REVIEWER}:
        actions.append((url_for("board.index"), translated(N_("See the board")), False))
    if Role.COLLECTOR in viewer.roles:
        actions.append((url_for("archive.index"), translated(N_("Look into the archive")), False))
    if counts.done_today:
        return _calm(N_("All done for now"), N_("{n} done today. New work appears here by itself."), actions, n=counts.done_today)
    return _calm(N_("Nothing waits for you"), N_("New work appears here by itself."), actions)


def _to_todo(state: ListState) -> tuple[str, str, bool]:
    return ListState(TODO, state.sort, "").href("/inbox"), translated(N_("Go to my work")), True


def _calm(title: str, text: str, actions: list[tuple[str, str, bool]], **params: object) -> dict[str, Any]:
    return {"title": translated(title, **params), "text": translated(text, **params) if text else "", "actions": actions}
