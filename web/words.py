"""The words of the product for what the database keeps as codes: roles, states, steps, events, requirements.

Every value is a msgid; the pages translate it.
"""

from decimal import Decimal

from engine.catalogue import N_
from models.breakdown import Requirement
from models.evidence import AssignmentState, ContributionState
from models.people import Role
from web.language import translated
from workflows.breakdown.shapes import NamedRequirement
from workflows.breakdown.wording import KINDS
from workflows.lifecycle.words import Outcome, Step

ROLES = {
    Role.COLLECTOR: N_("Collector"),
    Role.DEPARTMENT_REVIEWER: N_("Department reviewer"),
    Role.CREATION_OFFICE: N_("Creation office"),
    Role.LEADER: N_("Leading group"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

#: State of a case: words and the kind of badge.
CASE_STATES: dict[str, tuple[str, str]] = {
    AssignmentState.NOT_ASSIGNED: (N_("Not assigned"), "plain"),
    AssignmentState.COLLECTING: (N_("Collecting"), "now"),
    AssignmentState.IN_REVIEW: (N_("Department review"), "now"),
    AssignmentState.AWAITING_APPROVAL: (N_("Awaiting approval"), "now"),
    AssignmentState.ARCHIVING: (N_("Being archived"), "now"),
    AssignmentState.ARCHIVED: (N_("Archived"), "ok"),
    AssignmentState.CLOSED: (N_("Closed"), "plain"),
}

#: State of a department's part of a case.
PART_STATES: dict[str, tuple[str, str]] = {
    ContributionState.COLLECTING: (N_("Collecting"), "plain"),
    ContributionState.RETURNED: (N_("Returned"), "bad"),
    ContributionState.IN_REVIEW: (N_("In review"), "now"),
    ContributionState.REVIEWED: (N_("Reviewed"), "ok"),
    ContributionState.APPROVED: (N_("Approved"), "ok"),
}

STEPS: dict[str, str] = {
    Step.ASSIGN: N_("Assign"),
    Step.COLLECT: N_("Collect"),
    Step.DEPARTMENT_REVIEW: N_("Department review"),
    Step.OFFICE_APPROVAL: N_("Creation office approval"),
    Step.ARCHIVE: N_("Seal and archive"),
}

OUTCOMES: dict[str, str] = {Outcome.APPROVE: N_("Approved"), Outcome.RETURN: N_("Returned")}

PART_ROLES = {"lead": N_("Lead"), "responsible": N_("Responsible"), "assist": N_("Assists")}

TABLE_KINDS = {
    "common": N_("Common tasks"),
    "individual": N_("Individual tasks"),
    "online_filing": N_("Online filing"),
    "site_check": N_("Site checks"),
    "publicity": N_("Publicity"),
    "unknown": N_("Task table"),
}

#: What an event of the log is called, and how the pages mark it.
EVENTS: dict[str, tuple[str, str]] = {
    "case.opened": (N_("Case opened"), "system"),
    "case.assigned": (N_("Assigned"), "ok"),
    "work_item.claimed": (N_("Claimed"), "system"),
    "work_item.released": (N_("Released"), "system"),
    "work_item.opened": (N_("Opened for the first time"), "system"),
    "work_item.completed": (N_("Step done"), "ok"),
    "work_item.reassigned": (N_("Reassigned"), "system"),
    "work_item.delegated": (N_("Delegated"), "system"),
    "work_item.resolved": (N_("Handed back with a note"), "system"),
    "work_item.returned": (N_("Returned to an earlier step"), "returned"),
    "work_item.withdrawn": (N_("Taken back"), "returned"),
    "work_item.reminded": (N_("Reminded"), "system"),
    "approver.added": (N_("Approver added"), "system"),
    "approver.removed": (N_("Approver removed"), "system"),
    "copy.sent": (N_("Copy sent"), "system"),
    "copy.read": (N_("Copy read"), "system"),
    "process.suspended": (N_("Suspended"), "returned"),
    "process.resumed": (N_("Resumed"), "ok"),
    "process.cancelled": (N_("Cancelled"), "returned"),
    "process.migrated": (N_("Moved to another version"), "system"),
    "substitution.created": (N_("Substitution arranged"), "system"),
    "substitution.revoked": (N_("Substitution ended"), "system"),
    "evidence.added": (N_("Evidence added"), "system"),
    "evidence.described": (N_("Evidence described"), "system"),
    "evidence.removed": (N_("Evidence removed"), "system"),
    "figure.withdrawn": (N_("Figure taken back"), "system"),
    "statement.drafted": (N_("Statement drafted"), "system"),
    "person.renamed": (N_("Name corrected"), "system"),
    "figure.stated": (N_("Figure stated"), "system"),
    "requirement.added": (N_("Requirement added"), "system"),
    "requirement.changed": (N_("Requirement changed"), "system"),
    "requirement.removed": (N_("Requirement removed"), "system"),
    "requirement.restored": (N_("Requirement restored"), "system"),
    "requirement.waived": (N_("Asked to be excused"), "system"),
    "requirement.unwaived": (N_("Excuse taken back"), "system"),
    "requirement.excused": (N_("Excused by the creation office"), "system"),
    "requirement.excuse_ended": (N_("No longer excused"), "system"),
    "evidence.placed": (N_("Evidence placed"), "system"),
    "evidence.viewed": (N_("Evidence viewed"), "system"),
    "evidence.reuse_declared": (N_("Reuse declared"), "system"),
    "evidence.reuse_withdrawn": (N_("Declared reuse taken back"), "system"),
    "evidence.referred": (N_("Evidence used again"), "system"),
    "evidence.marked": (N_("Passage marked"), "system"),
    "evidence.unmarked": (N_("Mark removed"), "system"),
    "link.added": (N_("Link added"), "system"),
    "link.removed": (N_("Link removed"), "system"),
    "campaign.check_set": (N_("Check of the campaign set"), "system"),
    "official_paper.added": (N_("Official paper noted"), "system"),
    "official_paper.corrected": (N_("Official paper corrected"), "system"),
    "evidence.submitted": (N_("Submitted"), "submitted"),
    "sheet.rendered": (N_("Approval sheet drawn up"), "system"),
    "department_review.approved": (N_("Approved by the department"), "ok"),
    "department_review.returned": (N_("Returned by the department"), "returned"),
    "office_approval.approved": (N_("Approved by the creation office"), "ok"),
    "office_approval.returned": (N_("Returned by the creation office"), "returned"),
    "archival_code.reserved": (N_("Archival code reserved"), "system"),
    "dossier.archived": (N_("Archived"), "ok"),
    "timer.fired": (N_("Timer fired"), "system"),
    "message.received": (N_("Message received"), "system"),
    "message.started": (N_("Started by a message"), "system"),
    "message.unheard": (N_("Message sent, nobody waits for it"), "system"),
    "signal.received": (N_("Signal received"), "system"),
    "signal.started": (N_("Started by a signal"), "system"),
    "signal.sent": (N_("Signal sent"), "system"),
    "incident.opened": (N_("Incident opened"), "returned"),
    "incident.retried": (N_("Incident: tried again"), "system"),
    "incident.repeated": (N_("Incident: failed again"), "returned"),
    "incident.resolved": (N_("Incident settled"), "ok"),
    "campaign.opened": (N_("Campaign opened"), "system"),
    "import.begun": (N_("Task table read"), "system"),
    "import.corrected": (N_("Task table corrected"), "system"),
    "import.undone": (N_("Correction undone"), "system"),
    "import.redone": (N_("Correction made again"), "system"),
    "import.discarded": (N_("Draft discarded"), "returned"),
    "import.saved": (N_("Draft saved"), "ok"),
    "import.refused": (N_("Task table refused"), "returned"),
    "task_breakdown.imported": (N_("Task table imported"), "ok"),
    "department.added": (N_("Department added"), "system"),
    "department.renamed": (N_("Department renamed"), "system"),
    "department.activated": (N_("Department switched on"), "system"),
    "department.deactivated": (N_("Department switched off"), "system"),
    "department.alias_added": (N_("Alias added"), "system"),
    "department.alias_withdrawn": (N_("Alias withdrawn"), "system"),
    "department.alias_refused": (N_("Alias refused"), "system"),
    "department.moved": (N_("Department moved"), "system"),
    "department.merged": (N_("Departments merged"), "system"),
    "department_group.set": (N_("Group set"), "system"),
    "edition.compared": (N_("Editions compared"), "system"),
    "rule_pairs.confirmed": (N_("Pairs of rules confirmed"), "ok"),
    "rule_pair.made": (N_("Pair of rules made by hand"), "ok"),
    "rule_pair.parted": (N_("Pair of rules parted"), "system"),
    "rule_pair.carried_over": (N_("Carried over from the earlier edition"), "system"),
    "part.gone_without": (N_("Going on without an assisting department"), "system"),
    "part.waited_for": (N_("Waiting for an assisting department after all"), "system"),
    "person.added": (N_("Person added"), "system"),
    "person.roles_set": (N_("Roles set"), "system"),
    "person.password_set": (N_("Password set"), "system"),
    "person.activated": (N_("Person activated"), "system"),
    "person.deactivated": (N_("Person deactivated"), "system"),
    "certificate.renewed": (N_("Certificate renewed"), "system"),
    "certificate.brought": (N_("Own certificate brought"), "system"),
    "certificate.removed": (N_("Own certificate no longer used"), "system"),
    "device.unlocked": (N_("Signing device opened"), "system"),
    "authority.renewed": (N_("Issuing authority renewed"), "system"),
    "sign_in.succeeded": (N_("Signed in"), "system"),
    "sign_in.failed": (N_("Sign-in failed"), "returned"),
    "sign_in.ended": (N_("Signed out"), "system"),
    "process_definition.deployed": (N_("Process deployed"), "system"),
    "evidence.refused": (N_("File not taken"), "returned"),
    "vault.files_noted": (N_("Files taken up for checking"), "system"),
    "vault.checked": (N_("Files checked"), "ok"),
    "vault.file_damaged": (N_("File found damaged"), "returned"),
    "vault.file_mended": (N_("Damaged file mended"), "ok"),
    "preview.made": (N_("Preview made"), "system"),
    "preview.failed": (N_("No preview possible"), "system"),
    "pages.counted": (N_("Pages counted"), "system"),
    "pages.drawn": (N_("Pages drawn"), "system"),
    "words.read": (N_("Words read"), "system"),
    "photo.paired": (N_("Photos compared"), "system"),
    "audit.verified": (N_("Full check made"), "ok"),
    "history.read": (N_("History read"), "system"),
    "access.refused": (N_("Access refused"), "returned"),
    "personal_data.erased": (N_("Personal data erased"), "system"),
    "witness.added": (N_("Witness taken in"), "system"),
    "witness.asked": (N_("Witness asked to cosign"), "system"),
    "witness.cosigned": (N_("Cosigned by a witness"), "ok"),
    "demonstration.filled": (N_("Demonstration city built"), "system"),
}

_SIGNS = {"min": "≥ ", "max": "≤ ", "about": "≈ ", "exact": ""}


def event_label(action: str) -> str:
    """Name an event in the language of this request; an unknown one by its code."""
    known = EVENTS.get(action)
    return translated(known[0]) if known else action


def event_kind(action: str) -> str:
    """Say how the pages mark an event."""
    return EVENTS[action][1] if action in EVENTS else "system"


def requirement_name(requirement: Requirement | NamedRequirement) -> str:
    """Name a requirement as people say it: `照片 ≥ 5 张·每个讲堂`."""
    parts = [translated(KINDS.get(requirement.kind, KINDS["other"]))]
    if requirement.value is not None:
        parts.append(f"{_SIGNS.get(requirement.bound or '', '')}{number(requirement.value)} {requirement.unit or ''}".strip())
    if requirement.per:
        parts.append(f"· {requirement.per}")
    if requirement.kind == "caption_fields" and requirement.fields:
        parts.append("、".join(requirement.fields))
    return " ".join(parts)


def number(value: Decimal | None) -> str:
    """Write a number without needless zeros."""
    return "" if value is None else f"{value.normalize():f}"
