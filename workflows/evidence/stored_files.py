"""What is kept of an examined file, once for all the places it is handed in at, and the work it gives the worker."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine import jobs
from engine.unit_of_work import SYSTEM, Clock, Sessions, UnitOfWork, utc_now, work
from models.evidence import StoredFile
from models.photos import PhotoLikeness, PhotoPair
from workflows.evidence import likeness
from workflows.evidence.intake import ExaminedFile

#: Pictures of a file, and its words: made by the worker.
PREVIEW, WORDS, PAIRS = "preview.make", "words.read", "photos.pair"
CHAIN = "files"


def remember(unit: UnitOfWork, file: ExaminedFile, sha256: str, size: int) -> None:
    """Keep what was seen in a file that lies in the vault; a file that is known already stays as it is.

    Photos that look like it are found in the same transaction, for those who look now, and again by the worker:
    then also one that was handed in at the same moment is known.
    """
    statement = insert(StoredFile).values(sha256=sha256, size=size, created_at=unit.now, **_columns(file))
    unit.session.execute(statement.on_conflict_do_nothing())
    jobs.defer(unit.session, PREVIEW, {"sha256": sha256})
    if file.kind in {"pdf", "document", "table", "text"}:
        jobs.defer(unit.session, WORDS, {"sha256": sha256})
    if file.perceptual_hash is not None:
        remember_likeness(unit.session, sha256, int(file.perceptual_hash, 16))
        jobs.defer(unit.session, PAIRS, {"sha256": sha256})


def _columns(file: ExaminedFile) -> dict[str, object]:
    latitude, longitude = file.gps or (None, None)
    names = ("media_type", "kind", "width", "height", "pages", "text_chars", "taken_at", "taken_zone")
    named = {name: getattr(file, name) for name in (*names, "camera", "software", "sharpness", "jpeg_quality")}
    return {**named, "latitude": latitude, "longitude": longitude, "overlays": list(file.overlays)}


def remember_likeness(session: Session, sha256: str, hash_: int) -> None:
    """Keep how a photo looks, and which others look like it."""
    values = {"sha256": sha256, "hash": likeness.signed(hash_)}
    session.execute(insert(PhotoLikeness).values(values).on_conflict_do_nothing())
    pair(session, sha256)


def pair(session: Session, sha256: str) -> int:
    """Find the photos that look like one of ours and keep the pairs, in both directions; give how many rows are new."""
    kept = session.get(PhotoLikeness, sha256)
    if kept is None:
        return 0
    found = likeness.near(session, kept.hash & (1 << 64) - 1, sha256)
    rows = [
        {"sha256": one, "other_sha256": other, "distance": each.distance, "turned": each.turned}
        for each in found
        for one, other in ((sha256, each.sha256), (each.sha256, sha256))
    ]
    # In one order, so that two transactions that find each other never wait crosswise.
    rows.sort(key=lambda row: (row["sha256"], row["other_sha256"]))
    if not rows:
        return 0
    kept_now = insert(PhotoPair).values(rows).on_conflict_do_nothing().returning(PhotoPair.sha256)
    return len(session.scalars(kept_now).all())


def pair_again(sessions: Sessions, sha256: str, clock: Clock = utc_now) -> None:
    """Look once more for photos like one of ours, after its transaction: two that came at the same moment find each other."""
    with work(sessions, SYSTEM, clock) as unit:
        if pair(unit.session, sha256):
            unit.record(CHAIN, "photo.paired", {"file": sha256})
