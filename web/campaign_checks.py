"""How strict a campaign is about each check of evidence: the creation office sets it, everybody may read it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from models.breakdown import Campaign
from models.people import Role
from web.forms import typed
from web.frame import notify
from web.guards import guard
from web.language import sentence, translated
from web.session import person
from web.site import site
from workflows.evidence.campaign_checks import set_check, settings_of
from workflows.evidence.policy import CHECKS, Check, Setting, Severity

blueprint = Blueprint("campaign_checks", __name__)

SEVERITIES = {Severity.BLOCK: N_("Blocks the submission"), Severity.WARN: N_("Warns only"), Severity.WAIVE: N_("Not asked for")}


@blueprint.get("/campaigns/<uuid:campaign_id>/checks")
@guard(Role.CREATION_OFFICE, Role.LEADER, Role.AUDITOR, Role.DEPARTMENT_REVIEWER, Role.COLLECTOR)
def index(campaign_id: UUID) -> str:
    """Show every check and how strict this campaign is about it."""
    return _shown(campaign_id, "", "", "")


@blueprint.post("/campaigns/<uuid:campaign_id>/checks/<code>")
@guard(Role.CREATION_OFFICE)
def set_one(campaign_id: UUID, code: str) -> Response | tuple[str, int]:
    """Set one check, with the reason."""
    reason = typed("reason")
    try:
        severity = Severity(typed("severity"))
    except ValueError:
        raise NotFound(N_("There is no such check in this campaign.")) from None
    try:
        with site().work(person().actor) as unit:
            changed = set_check(unit, campaign_id, code, severity, reason)
    except Invalid as refused:
        return _shown(campaign_id, code, reason, sentence(refused), severity), 422
    if changed:
        notify(N_("Saved. It counts from now on; rounds handed in stay as they were judged."))
    return redirect(url_for("campaign_checks.index", campaign_id=campaign_id, _anchor=code), 303)


def _shown(campaign_id: UUID, code: str, reason: str, fault: str, severity: Severity | None = None) -> str:
    with site().reading() as session:
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            raise NotFound(N_("There is no such campaign. Choose one from the list."))
        settings = settings_of(session, [campaign_id])[campaign_id]
        rows = [_row(one, settings.get(one.code)) for one in CHECKS]
        for row in rows:
            if row["code"] == code:
                row |= {"reason": reason, "fault": fault, "severity": severity.value if severity else row["severity"]}
        return render_template(
            "campaigns/checks.html",
            campaign={"id": campaign.id, "name": campaign.name, "starts_on": campaign.starts_on, "ends_on": campaign.ends_on},
            checks=rows,
            severities=[{"value": one.value, "label": translated(text)} for one, text in SEVERITIES.items()],
            may_set=person().actor.holds(Role.CREATION_OFFICE),
        )


def _row(check: Check, setting: Setting | None) -> dict[str, Any]:
    severity = setting.severity if setting else check.severity
    return {
        "code": check.code,
        "title": translated(check.title),
        "severity": severity.value,
        "word": translated(SEVERITIES[severity]),
        "default": translated(SEVERITIES[check.severity]),
        "changed": setting is not None,
        "reason": setting.reason if setting else "",
        "office_only": check.office_only,
        "fault": "",
    }
