"""Signed sheets and a sealed dossier of invented people, made without a database."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pikepdf
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.pdf_utils.generic import ArrayObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from weasyprint import HTML

from engine.verify import GENESIS, canonical, leaf_hash
from workflows.dossier.certificates import (
    Authority,
    Holder,
    PersonSubject,
    create_authority,
    issue_person,
    unlock,
)
from workflows.dossier.pades import SignatureField, SignatureWords, SigningParts, seal, sign, with_fields
from workflows.dossier.signers import HeldKey, PersonSigner

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSPHRASE = b"passphrase of the tests"
ORGANISATION = "示例市创建文明城市办公室"
FIELDS = (
    SignatureField("department_review", 0, (60.0, 90.0, 260.0, 150.0), "部门审核签名"),
    SignatureField("office_approval", 0, (300.0, 90.0, 500.0, 150.0), "创文办审批签名"),
)
CHAIN = "case:2026-0001"
Signers = Sequence[tuple[str, PersonSigner]]


@dataclass(frozen=True)
class Office:
    """An authority and what it adds to signatures; serials of time stamps count up from 1."""

    authority: Authority
    parts: SigningParts

    @property
    def root(self) -> bytes:
        """Give the root certificate as PEM."""
        return self.authority.pem(Holder.ROOT)

    def person(self, name: str, department: str = "宣传科", now: datetime = NOW) -> PersonSigner:
        """Issue a certificate and unlock its key."""
        subject = PersonSubject(name, ORGANISATION, department, f"login-{name}")
        issued = issue_person(self.authority, PASSPHRASE, subject, "a password", now)
        return PersonSigner(uuid4(), name, issued.cert_pem, HeldKey(unlock(issued.encrypted_key_pem, "a password")))


def office_in(folder: Path, now: datetime = NOW) -> Office:
    """Make an authority in a folder."""
    authority = create_authority(folder, PASSPHRASE, ORGANISATION, now)
    numbers = count(1)
    return Office(authority, SigningParts(authority, PASSPHRASE, lambda: next(numbers)))


def drawn(title: str = "审批单", files: Mapping[str, bytes] | None = None) -> bytes:
    """Draw a paper of two pages as PDF/A-3b, with enclosures."""
    html = f'<html lang="zh"><title>{title}</title><body><h1>{title}</h1><p>材料齐全</p><p style="break-before: page">第二页</p>'
    pdf = HTML(string=html).write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        for name, data in (files or {}).items():
            opened.attachments[name] = pikepdf.AttachedFileSpec(
                opened, data, mime_type="application/octet-stream", relationship=pikepdf.Name.Supplement
            )
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def unsigned_sheet(title: str = "审批单") -> bytes:
    """Give a sheet with its two empty fields."""
    return with_fields(drawn(title), FIELDS)


def signed(office: Office, pdf: bytes, field: str, signer: PersonSigner, at: datetime = NOW) -> bytes:
    """Sign one field."""
    lines = (f"同意　{signer.name}", "材料齐全", "2026-03-02 17:30　本系统内个人电子签名")
    return sign(pdf, field, signer, office.parts, SignatureWords("部门审核：同意", lines, at))


def events(number: int = 4) -> list[bytes]:
    """Give the bodies of a sound chain."""
    bodies: list[bytes] = []
    for seq in range(1, number + 1):
        previous = leaf_hash(bodies[-1]) if bodies else GENESIS
        bodies.append(canonical({"v": 1, "chain": CHAIN, "seq": seq, "prev": previous, "action": f"step.{seq}"}))
    return bodies


def listed(name: str, pdf: bytes, signers: Signers) -> dict[str, Any]:
    """Write one sheet as the table of contents has it."""
    entries = [
        {
            "field": field,
            "name": signer.name,
            "serial": str(load_pem_x509_certificate(signer.certificate_pem).serial_number),
            "stage": field,
            "outcome": "approve",
            "at": "2026-03-02T09:30:00.000000Z",
        }
        for field, signer in signers
    ]
    digest = hashlib.sha256(pdf).hexdigest()
    return {"file": name, "sha256": digest, "department": "宣传科", "round": 1, "signatures": entries}


def bound(sheets: Sequence[tuple[dict[str, Any], bytes]], lines: Sequence[bytes]) -> bytes:
    """Bind sheets and events into a dossier, not sealed yet."""
    manifest = {
        "v": 1,
        "case": "2026-0001",
        "title": "和平路整治",
        "archival_code": "0001-WS·2026-D30-CWB-0001",
        "sheets": [entry for entry, _ in sheets],
        "evidence": [],
        "events": {"chain": CHAIN, "count": len(lines), "head": leaf_hash(lines[-1])},
    }
    files = {"dossier.json": canonical(manifest), "events.jsonl": b"".join(line + b"\n" for line in lines)}
    return drawn("卷宗", files | {entry["file"]: pdf for entry, pdf in sheets})


def sealed(office: Office, pdf: bytes, at: datetime = NOW + timedelta(days=1)) -> bytes:
    """Seal a dossier."""
    return seal(pdf, None, office.parts, "归档签章", at)


def drawn_over(pdf: bytes, page: int = 0) -> bytes:
    """Draw a red box over a page by incremental update, as a forger does it: every signed byte stays as it was."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    reference, _ = writer.find_page_for_modification(page)
    place = reference.get_object()
    box = writer.add_object(StreamObject(stream_data=b"1 0 0 rg 100 300 300 200 re f"))
    place["/Contents"] = ArrayObject([place.raw_get("/Contents"), box])
    writer.update_container(place)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
