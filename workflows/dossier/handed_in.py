"""Check a paper somebody hands in (验真): in a child process with limits, against what the database knows of it.

The file comes from anybody, so no library reads it in this process. What the system knows of exactly these
bytes is looked up before by their digest and handed to the child.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.audit import trail
from engine.catalogue import N_
from engine.errors import Invalid
from models.dossier import ApprovalSheet, Dossier, SheetSignature
from models.evidence import Assignment
from workflows.evidence import confined
from workflows.evidence.confined import Limits, TooDemanding, Unreadable
from workflows.facilities import Facilities
from workflows.lifecycle.words import case_chain

EXAMINER = "workflows.dossier.paper_examiner"
#: The libraries of signatures are large, and a dossier is taken apart whole.
LIMITS = Limits(memory=2 << 30, cpu_seconds=60, wall_seconds=120)


@dataclass(frozen=True)
class Recorded:
    """What the system knows of a paper it gave out: signatures on that sheet now (None for a dossier), events of its case."""

    signatures: int | None
    events: tuple[bytes, ...]


def recorded(session: Session, sha256: str) -> Recorded | None:
    """Give what is known of a paper by the digest of its bytes, or None when the system never gave it out."""
    no = session.scalar(select(Assignment.no).join(Dossier, Dossier.assignment_id == Assignment.id).where(Dossier.pdf_sha256 == sha256))
    if no is not None:
        return Recorded(None, tuple(event.body for event in trail(session, case_chain(no))))
    query = (
        select(ApprovalSheet.id)
        .outerjoin(ApprovalSheet.signatures)
        .where(or_(ApprovalSheet.unsigned_sha256 == sha256, SheetSignature.pdf_sha256 == sha256))
    )
    sheet = session.scalars(query).first()
    if sheet is None:
        return None
    counting = select(func.count()).select_from(SheetSignature).where(SheetSignature.sheet_id == sheet)
    return Recorded(session.scalar(counting) or 0, ())


def check(paper: Path, facilities: Facilities, known: Recorded | None, language: str) -> dict[str, Any]:
    """Give the verdict on a file as `verification.as_json` writes it, its sentences in `language`.

    Trusted are the root of this office and the roots of outside authorities it trusts.
    Raises Invalid when the file is no PDF, or too demanding to be one of ours.
    """
    with _laid_down(known) as events:
        facts = {"known": known is not None, "signatures": known.signatures if known else None, "events": events}
        root, outside = facilities.authority_dir / "root.pem", facilities.outside.roots_dir
        facts["roots_dir"] = str(outside.absolute()) if outside is not None else ""
        arguments = [str(paper.absolute()), str(root.absolute()), json.dumps(facts), language]
        try:
            answer = json.loads(confined.run(EXAMINER, arguments, LIMITS))
        except (TooDemanding, Unreadable) as error:
            raise Invalid(N_("This file cannot be taken apart within reason, so it is no paper of this system.")) from error
    if "refused" in answer:
        raise Invalid(answer["refused"], **answer["params"])
    return cast("dict[str, Any]", answer)


@contextmanager
def _laid_down(known: Recorded | None) -> Iterator[str]:
    """Lay the events down where the child reads them, one a line; gives the path, empty without events."""
    if known is None or not known.events:
        yield ""
        return
    with NamedTemporaryFile(prefix="juanzong-events-") as file:
        file.write(b"".join(body + b"\n" for body in known.events))
        file.flush()
        yield file.name
