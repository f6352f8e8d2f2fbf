"""Deciding (审核、审批): one form, sent from the inbox or from the page of the case; then on to the next step."""

from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid
from web import case_page, inbox_page, work_lists
from web.decision_form import DEPARTMENTS, PASSWORD, REMARK, Typed
from web.forms import key_in, number_in, typed
from web.frame import notify
from web.guards import guard
from web.language import sentence
from web.session import SignedIn, key_secret, person
from web.site import site
from web.work_lists import ListState, state_in
from workflows.lifecycle.cases import case_of, item_in
from workflows.lifecycle.decide import DecisionResult, Verdict
from workflows.lifecycle.signed_decision import Decider, DecisionForm, KeyLocked, sign_and_decide
from workflows.lifecycle.words import Outcome

blueprint = Blueprint("decisions", __name__)

#: What the bar of the preview says it is; the box of the case page sends nothing.
_BAR = "bar"
_NOTICES = {
    Outcome.APPROVE: (N_("{no} is approved."), N_("{no} is approved; here is the next one.")),
    Outcome.RETURN: (N_("{no} is returned."), N_("{no} is returned; here is the next one.")),
}


@dataclass(frozen=True)
class _Sent:
    """A decision as it was sent: the step, the verdict, the list to go on in (None: none)."""

    item_id: int
    verdict: Verdict
    version: str
    key: str
    came_from: ListState | None


@blueprint.post("/decisions")
@guard.signed_in
def decide() -> Response | tuple[str, int]:
    """Approve or return one step, signed."""
    viewer, sent = person(), _sent()
    goes_on_with = _following(viewer, sent)
    decider = Decider(viewer.actor, key_secret(), request.form.get("password", ""))
    form = DecisionForm(sent.item_id, sent.verdict, sent.version, sent.key or None)
    try:
        result = sign_and_decide(site().sessions, site().facilities, decider, form, site().clock)
    except Invalid as refused:
        return _again(viewer, sent, refused), 422
    return _on(sent, result, goes_on_with)


def _sent() -> _Sent:
    viewer = person()
    outcome = request.form.get("outcome", "")
    if outcome not in set(Outcome):
        raise Invalid(N_("Choose: approve or return."))
    list_text = request.form.get("list_state", "")
    departments = [key_in(one) for one in request.form.getlist("department")]
    missing = [text.replace("\x00", "") for text in request.form.getlist("missing")]
    item_id = number_in(request.form.get("item_id")) or 0
    chosen = tuple(one for one in departments if one is not None)
    if Outcome(outcome) is Outcome.RETURN and not chosen:
        chosen = _only_department(item_id)
    return _Sent(
        item_id,
        Verdict(Outcome(outcome), typed("remark"), chosen, tuple(text for text in missing if text)),
        request.form.get("version", ""),
        typed("key"),
        state_in(dict(parse_qsl(list_text)), viewer.roles) if list_text else None,
    )


def _only_department(item_id: int) -> tuple[UUID, ...]:
    """Give the department of a case that has one: then a return needs no choice."""
    with site().reading() as session:
        parts = case_of(session, item_in(session, item_id)).contributions
        return (parts[0].department_id,) if len(parts) == 1 else ()


def _following(viewer: SignedIn, sent: _Sent) -> int | None:
    # Before the decision: afterwards the step is in no list, and nobody knows what came after it.
    if sent.came_from is None:
        return None
    with site().reading() as session:
        return work_lists.following(session, viewer.actor, sent.came_from, sent.item_id)


def _on(sent: _Sent, result: DecisionResult, goes_on_with: int | None) -> Response:
    alone, with_next = _NOTICES[sent.verdict.outcome]
    notify(with_next if goes_on_with is not None else alone, no=result.no)
    state = sent.came_from or ListState("", "", "")
    if goes_on_with is None or request.form.get("shown") == _BAR:
        return redirect(state.href("/inbox", sel=goes_on_with), 303)
    with site().reading() as session:
        return redirect(case_page.case_href(session, goes_on_with, state), 303)


def _again(viewer: SignedIn, sent: _Sent, refused: Invalid) -> str:
    """Show the form where it was sent from, with the sentence and everything that was typed."""
    kept = Typed(
        sent.item_id,
        sent.key,
        sent.verdict.remark,
        frozenset(str(one) for one in sent.verdict.departments),
        frozenset(sent.verdict.missing),
        sentence(refused),
        _fault(sent, refused),
    )
    with site().reading() as session:
        # The bar has no room for departments: whoever has to name them is shown the box of the case.
        if request.form.get("shown") == _BAR and kept.fault != DEPARTMENTS:
            state = sent.came_from or state_in({}, viewer.roles)
            asked = inbox_page.Asked(state, None, sent.item_id)
            return render_template("inbox/list.html", **inbox_page.page(session, viewer, asked, kept))
        no = case_of(session, item_in(session, sent.item_id)).no
        asked_case = case_page.Asked(no, sent.came_from, sent.item_id, "")
        return render_template("items/item.html", **case_page.page(session, viewer, asked_case, kept))


def _fault(sent: _Sent, refused: Invalid) -> str:
    if isinstance(refused, KeyLocked):
        return PASSWORD
    return DEPARTMENTS if sent.verdict.remark.strip() else REMARK
