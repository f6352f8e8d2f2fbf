"""Does what lies in a dossier agree with itself, and with the system's log? Contents, signatures, events."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from engine.catalogue import N_
from engine.verify import GENESIS, check_chain, leaf_hash, read_export
from workflows.dossier.certificate_profiles import clipped
from workflows.dossier.enclosures import EVENTS, MANIFEST, Enclosures
from workflows.dossier.paper_check import Fault, PaperFound


def enclosure_fault(inside: Enclosures) -> Fault | None:
    """Compare the enclosures with the table of contents: each listed, none missing, each with its digest."""
    if inside.damaged:
        return Fault(N_("The enclosure {file} was altered: its content is damaged."), {"file": inside.damaged[0]})
    if inside.manifest is None:
        return None
    listed = {str(sheet.get("file")): str(sheet.get("sha256")) for sheet in inside.sheets}
    for name, digest in listed.items():
        if name not in inside.files:
            return Fault(N_("The enclosure {file} is missing."), {"file": name})
        if sha256(inside.files[name]).hexdigest() != digest:
            return Fault(N_("The enclosure {file} is not the one the dossier was sealed with."), {"file": name})
    extra = sorted(set(inside.files) - set(listed) - {MANIFEST, EVENTS})
    return Fault(N_("The enclosure {file} does not belong to the dossier."), {"file": extra[0]}) if extra else None


def count_fault(inside: Enclosures, sheets: Mapping[str, PaperFound]) -> Fault | None:
    """Compare the signatures found on each sheet with those the dossier lists: field, name, certificate."""
    for sheet in inside.sheets:
        name = str(sheet.get("file"))
        listed = _pairs(sheet.get("signatures"))
        paper = sheets.get(name)
        found = {(one.field, one.name, str(one.serial)) for one in paper.signatures} if paper else set()
        if listed - found:
            field, person, _ = min(listed - found)
            sentence = N_("{file} lacks the signature of {person} ({place}).")
            return Fault(sentence, {"file": name, "person": person, "place": field})
        if found - listed:
            field, person, _ = min(found - listed)
            sentence = N_("{file} carries a signature of {person} that the dossier does not list ({place}).")
            return Fault(sentence, {"file": name, "person": person, "place": field})
    return None


def events_fault(inside: Enclosures, live: Callable[[str], Sequence[bytes]] | None) -> Fault | None:
    """Check the chain of events in the dossier, its end as listed, and where possible against the system's own log."""
    body = inside.files.get(EVENTS)
    if inside.manifest is None:
        return Fault(N_("The table of contents {file} is missing or altered."), {"file": MANIFEST})
    if body is None:
        return Fault(N_("The enclosure {file} is missing."), {"file": EVENTS})
    lines = body.splitlines()
    number = _first_false(lines)
    if number is not None:
        return Fault(N_("Event {number} of the dossier is not as recorded."), {"number": number})
    expected = inside.manifest.get("events")
    chain = _chain(lines)
    if expected != {"chain": chain, "count": len(lines), "head": leaf_hash(lines[-1]) if lines else GENESIS}:
        return Fault(N_("The events in the dossier do not end where it says they do."))
    if live is not None and list(live(chain))[: len(lines)] != lines:
        return Fault(N_("The events in the dossier differ from the log of this system."))
    return None


def _first_false(lines: Sequence[bytes]) -> int | None:
    try:
        finding = check_chain(read_export(lines))
    except RecursionError:
        # A line nested deeper than any record of ours.
        return 1
    return finding.seq if finding else None


def _chain(lines: Sequence[bytes]) -> str:
    return next((entry.chain for entry in read_export(lines[:1])), "?")


def _pairs(signatures: Any) -> set[tuple[str, str, str]]:  # noqa: ANN401 - JSON from an unknown file
    if not isinstance(signatures, list):
        return set()
    entries = [one for one in signatures if isinstance(one, dict)]
    return {(str(one.get("field")), clipped(str(one.get("name"))), str(one.get("serial"))) for one in entries}
