"""Photos kept before the search for likeness knew its present hash: looked at once more, some every night."""

import logging

from sqlalchemy import exists, select

from engine.errors import Invalid
from engine.unit_of_work import SYSTEM, Clock, Sessions, reading, utc_now, work
from models.evidence import StoredFile
from models.photos import PhotoLikeness
from workflows.evidence.intake import examine
from workflows.evidence.stored_files import CHAIN, remember_likeness
from workflows.evidence.vault import Damaged, Vault

#: In one night; an office of a city has some thousands.
PHOTOS = 2_000
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}

_log = logging.getLogger("juanzong.files")


def look_again(sessions: Sessions, vault: Vault, limit: int = PHOTOS, clock: Clock = utc_now) -> int:
    """Hash photos whose likeness is not known yet, the oldest first; give how many are known now.

    A photo that is damaged or that the examiner refuses today is passed over and stays as it is.
    """
    with reading(sessions) as session:
        unknown = ~exists().where(PhotoLikeness.sha256 == StoredFile.sha256)
        query = select(StoredFile.sha256, StoredFile.media_type).where(StoredFile.kind == "photo", unknown)
        waiting = session.execute(query.order_by(StoredFile.created_at).limit(limit)).all()
    return sum(_looked_at(sessions, vault, row.sha256, _ENDINGS.get(row.media_type, "jpg"), clock) for row in waiting)


def _looked_at(sessions: Sessions, vault: Vault, sha256: str, ending: str, clock: Clock) -> bool:
    try:
        with vault.local(sha256) as path:
            found = examine(path, f"photo.{ending}").perceptual_hash
    except (Damaged, Invalid) as refused:
        _log.warning("the photo %s was not hashed: %s", sha256, refused)
        return False
    if found is None:
        return False
    with work(sessions, SYSTEM, clock) as unit:
        remember_likeness(unit.session, sha256, int(found, 16))
        unit.record(CHAIN, "photo.paired", {"file": sha256})
    return True
