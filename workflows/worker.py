"""The machine's inbox: every kind of background job and the verb that does it. All are safe to run twice."""

from uuid import UUID

from engine.jobs import Job
from engine.unit_of_work import Sessions
from workflows.audit_checks import check_everything
from workflows.dossier.sheets import render_sheet
from workflows.evidence.previews import make_preview
from workflows.facilities import Facilities
from workflows.lifecycle.archive import archive_case

#: Every night at 02:30 Beijing time the whole log is checked.
NIGHTLY = "30 18 * * *"


def all_jobs(sessions: Sessions, facilities: Facilities) -> list[Job]:
    """Give every kind of job a worker does, bound to this office's database and files."""

    def preview(sha256: str) -> None:
        make_preview(sessions, facilities.vault, sha256)

    def sheet(submission_id: str) -> None:
        render_sheet(sessions, facilities, UUID(submission_id))

    def archive(item_id: int) -> None:
        archive_case(sessions, facilities, item_id)

    def full_check() -> None:
        check_everything(sessions)

    return [
        Job("preview.make", preview),
        Job("sheet.render", sheet),
        Job("external.archive", archive),
        Job("audit.verify", full_check, cron=NIGHTLY),
    ]
