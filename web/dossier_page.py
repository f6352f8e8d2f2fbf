"""What the page of a dossier shows: its pages, digest, signatures, and the lights of a check."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from engine.catalogue import N_
from engine.errors import NotFound
from engine.unit_of_work import Actor
from models.dossier import Dossier
from web import moments, signatures
from web.language import translated
from workflows.visibility import check_sees_whole, visible_case

#: More pages are turned in the PDF itself.
_MOST_PICTURES = 60


def dossier_of(session: Session, actor: Actor, no: str) -> Dossier:
    """Give the dossier of a case. Raises NotFound before it is archived, Forbidden where it holds parts of others."""
    case = visible_case(session, actor, no)
    query = select(Dossier).options(joinedload(Dossier.assignment)).where(Dossier.assignment_id == case.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(N_("Case {no} has no dossier yet: it is made when the creation office has approved the case."), no=no)
    check_sees_whole(actor, case)
    return found


def shown(session: Session, actor: Actor, dossier: Dossier) -> dict[str, Any]:
    """Give the page without a check."""
    case = dossier.assignment
    pictures = range(1, min(dossier.pages, _MOST_PICTURES) + 1)
    return {
        "case": {
            "no": case.no,
            "title": dossier.title,
            "href": url_for("items.case", no=case.no),
            "trail_href": url_for("trail.trail", no=case.no),
        },
        "dossier": {
            "archival_code": dossier.archival_code,
            "created_at": dossier.sealed_at,
            "sha256": dossier.pdf_sha256,
            "size": dossier.size,
            "pages": dossier.pages,
            "page_urls": [url_for("archive.page", no=case.no, number=number) for number in pictures],
            "pdf_href": url_for("archive.pdf", no=case.no),
            "download_href": url_for("archive.pdf", no=case.no, download=1),
        },
        "verify_href": url_for("archive.dossier", no=case.no, verify=1),
        "verdict": None,
        "lights": [],
        "signatures": signatures.of_case(session, actor, case),
        "qr": "",
    }


def checked(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give the verdict panel and the lights of a check; `found` is what `handed_in.check` says."""
    figures = [
        (translated(N_("Signatures")), len([one for one in found["signatures"] if not one["time_stamp"]])),
        (translated(N_("Checks passed")), f"{sum(1 for light in found['lights'] if light['ok'])}/{len(found['lights'])}"),
    ]
    return {
        "verdict": {**_verdict(found), "figures": figures},
        "lights": [{"ok": light["ok"], "title": light["title"], "text": light["sentence"]} for light in found["lights"]],
        "signed": [
            {
                "name": one["name"],
                "claim": one["claim"],
                "authority": one["authority"],
                "at": datetime.fromisoformat(one["at"]) if one["at"] else None,
                "ok": one["ok"],
            }
            for one in found["signatures"]
            if not one["time_stamp"]
        ],
    }


def file_name(dossier: Dossier) -> str:
    """Name the file of a dossier as people look for it: code, title, day; without what file systems refuse."""
    name = f"{dossier.archival_code} {dossier.title} {moments.day(dossier.sealed_at)}"
    return "".join("_" if one in '/\\:*?"<>|' or not one.isprintable() else one for one in name) + ".pdf"


def _verdict(found: Mapping[str, Any]) -> dict[str, Any]:
    if found["verdict"] == "intact":
        text = N_("Exactly as it was sealed: the signatures are genuine and nothing was added, changed or left out.")
        return {"state": "ok", "title": translated(N_("Genuine and complete")), "text": translated(text)}
    if found["verdict"] == "altered":
        return {"state": "bad", "title": translated(N_("Do not rely on this file")), "text": found["first_fault"]}
    text = N_("Nothing wrong was found, but not everything could be checked.")
    return {"state": "unknown", "title": translated(N_("Not fully checked")), "text": translated(text)}
