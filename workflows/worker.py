"""The machine's inbox: every kind of background job and the verb that does it. All are safe to run twice."""

from typing import Any
from uuid import UUID

from engine import process, retries, sent_events, timers
from engine.jobs import Job
from engine.messages import DELIVER
from engine.unit_of_work import Clock, Sessions, utc_now
from workflows.audit_checks import check_everything
from workflows.authority_care import publish_lists
from workflows.dossier.sheets import render_sheet
from workflows.evidence import fixity, uploads
from workflows.evidence.looking_again import look_again
from workflows.evidence.previews import make_preview
from workflows.evidence.rendering import DRAW, draw_pages
from workflows.evidence.stored_files import PAIRS, PREVIEW, WORDS, pair_again
from workflows.evidence.words_of_files import read_words
from workflows.facilities import Facilities
from workflows.lifecycle.archive import archive_case
from workflows.personal_data import erase_old

#: Every night at 02:30 Beijing time the whole log is checked.
NIGHTLY = "30 18 * * *"
#: Every night at 03:00 Beijing time files are read again; every hour what was left of uploads is cleared away.
VAULT_NIGHTLY, HOURLY = "0 19 * * *", "17 * * * *"
#: Every night at 04:00 Beijing time photos from before are hashed as photos are now.
PHOTOS_NIGHTLY = "0 20 * * *"
#: Every night at 01:30 Beijing time the revocation lists are written anew; they are good for a week.
LISTS_NIGHTLY = "30 17 * * *"
#: Every night at 04:30 Beijing time addresses that were kept long enough are erased.
ERASING_NIGHTLY = "30 20 * * *"
#: Timers and incidents are looked at every five seconds.
OFTEN = "* * * * * */5"
#: A staged file older than a day (seconds) belongs to a process that died.
_LEFT_OVER = 24 * 3600.0


def all_jobs(sessions: Sessions, facilities: Facilities, clock: Clock = utc_now) -> list[Job]:
    """Give every kind of job a worker does, bound to this office's database and files; what fails becomes an incident."""
    kinds = [*_domain_jobs(sessions, facilities, clock), *_log_jobs(sessions, facilities, clock), *_vault_jobs(sessions, facilities, clock), *_engine_jobs(sessions, clock)]
    return retries.watched(sessions, kinds, clock)


def _domain_jobs(sessions: Sessions, facilities: Facilities, clock: Clock) -> list[Job]:
    def preview(sha256: str) -> None:
        make_preview(sessions, facilities.vault, sha256)

    def words(sha256: str) -> None:
        read_words(sessions, facilities.vault, sha256, clock)

    def pages(sha256: str, first: int) -> None:
        draw_pages(sessions, facilities.vault, sha256, first, clock)

    def pairs(sha256: str) -> None:
        pair_again(sessions, sha256, clock)

    def sheet(submission_id: str) -> None:
        render_sheet(sessions, facilities, UUID(submission_id), clock)

    def archive(item_id: int) -> None:
        archive_case(sessions, facilities, item_id, clock)

    def lists() -> None:
        publish_lists(sessions, facilities, clock)

    return [
        Job(PREVIEW, preview),
        Job(WORDS, words),
        Job(DRAW, pages, lock="pages:{sha256}"),
        Job(PAIRS, pairs),
        Job("sheet.render", sheet, lock="sheet:{submission_id}"),
        Job("external.archive", archive),
        Job("certificates.publish", lists, cron=LISTS_NIGHTLY),
    ]


def _log_jobs(sessions: Sessions, facilities: Facilities, clock: Clock) -> list[Job]:
    def full_check() -> None:
        check_everything(sessions, clock=clock, log=facilities.log)

    def forget() -> None:
        erase_old(sessions, clock)

    return [Job("audit.verify", full_check, cron=NIGHTLY), Job("personal_data.erase", forget, cron=ERASING_NIGHTLY)]


def _vault_jobs(sessions: Sessions, facilities: Facilities, clock: Clock) -> list[Job]:
    vault = facilities.vault

    def check() -> None:
        fixity.check_files(sessions, vault, facilities.check_bytes, clock)

    def clear() -> None:
        uploads.expire(vault.root / uploads.FOLDER, clock())
        vault.sweep(clock().timestamp() - _LEFT_OVER)

    def look() -> None:
        look_again(sessions, vault, clock=clock)

    return [
        Job("vault.check", check, cron=VAULT_NIGHTLY),
        Job("photos.look_again", look, cron=PHOTOS_NIGHTLY),
        Job("uploads.clear", clear, cron=HOURLY),
    ]


def _engine_jobs(sessions: Sessions, clock: Clock) -> list[Job]:
    def hand_over(**sent: Any) -> None:  # noqa: ANN401 - as the process sent it
        sent_events.hand_over(sessions, clock, sent)

    def deliver(**sent: Any) -> None:  # noqa: ANN401 - as above
        sent_events.deliver(sessions, clock, sent)

    def fire_timers() -> None:
        timers.sweep(sessions, clock)

    def look_at_incidents() -> None:
        retries.sweep(sessions, clock)

    return [
        Job(process.THROWN, hand_over),
        Job(DELIVER, deliver),
        Job("timers.sweep", fire_timers, cron=OFTEN),
        Job("incidents.sweep", look_at_incidents, cron=OFTEN),
    ]
