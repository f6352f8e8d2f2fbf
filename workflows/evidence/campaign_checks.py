"""How strict a campaign is about each check: read by every check, set by the creation office with a reason."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from models.breakdown import Campaign
from models.completeness import CampaignCheck
from workflows.evidence.policy import BY_CODE, Setting, Severity

MAX_REASON = 500


def settings_of(session: Session, campaign_ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Setting]]:
    """Give what each campaign says otherwise than the defaults, by the code of the check."""
    found: dict[UUID, dict[str, Setting]] = defaultdict(dict)
    for one in session.scalars(select(CampaignCheck).where(CampaignCheck.campaign_id.in_(campaign_ids))):
        if one.code in BY_CODE:
            found[one.campaign_id][one.code] = Setting(Severity(one.severity), one.reason)
    return found


def set_check(unit: UnitOfWork, campaign_id: UUID, code: str, severity: Severity, reason: str) -> bool:
    """Set how strict a campaign is about a check; the default again removes the setting. Says whether anything changed.

    Raises NotFound for an unknown campaign or check, Invalid without a reason for what differs from the default.
    """
    campaign = unit.session.get(Campaign, campaign_id, with_for_update=True)
    check = BY_CODE.get(code)
    if campaign is None or check is None:
        raise NotFound(N_("There is no such check in this campaign."))
    why = reason.strip()
    before = settings_of(unit.session, [campaign_id])[campaign_id].get(code)
    wanted = None if severity is check.severity else Setting(severity, why)
    if wanted is not None and not why:
        raise Invalid(N_("Say why this campaign differs from the default; departments and auditors read it."))
    if len(why) > MAX_REASON:
        raise Invalid(N_("The reason is longer than {limit} characters. Shorten it."), limit=MAX_REASON)
    if wanted == before:
        return False
    if wanted is None:
        where = (CampaignCheck.campaign_id == campaign_id, CampaignCheck.code == code)
        unit.session.execute(delete(CampaignCheck).where(*where))
    else:
        values = {"severity": severity.value, "reason": why, "set_at": unit.now, "set_by": unit.actor.id}
        statement = insert(CampaignCheck).values(campaign_id=campaign_id, code=code, **values)
        unit.session.execute(statement.on_conflict_do_update(index_elements=["campaign_id", "code"], set_=values))
    details = {
        "check": code,
        "before": (before.severity if before else check.severity).value,
        "after": severity.value,
        "reason": why,
    }
    unit.record(f"campaign:{campaign_id}", "campaign.check_set", details)
    return True
