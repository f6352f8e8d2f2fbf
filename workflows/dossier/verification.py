"""Is this dossier, or this approval sheet, what was signed? Six lights, the first fault named, no database needed.

With the database a page adds what only the system knows (`Known`); offline these lights stay open. The verdict
never depends on the file's own word: a root certificate has to be given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from asn1crypto import pem, x509

from engine.catalogue import N_, translate
from engine.errors import Invalid, NotFound
from engine.unit_of_work import utc_now
from workflows.dossier.enclosures import Enclosures, read_enclosures
from workflows.dossier.paper_check import Fault, PaperFound, SignatureFound, Trust, examine
from workflows.dossier.pdf_places import damaged_place
from workflows.dossier.recorded_check import count_fault, enclosure_fault, events_fault

MAX_FILE_BYTES = 512 * 1024 * 1024
INTACT, ALTERED, OPEN = 0, 1, 3

_TITLES = {
    "known": N_("Known to this system"),
    "signatures": N_("Signatures intact"),
    "changes": N_("Nothing changed after signing"),
    "certificates": N_("Certificates valid when used"),
    "count": N_("Number of signatures as recorded"),
    "events": N_("Recorded events consistent"),
}


@dataclass(frozen=True)
class Light:
    """One check: `ok` True, False, or None where it could not be made. Title and sentence are msgids."""

    key: str
    ok: bool | None
    title: str
    sentence: str
    params: dict[str, object]


@dataclass(frozen=True)
class Known:
    """What the database knows: digests of papers given out, how many signatures this sheet has now, live events.

    `signatures` is None for a dossier. `live_events` gives the bodies of one chain, oldest first; None: not compared.
    """

    pdf_sha256s: frozenset[str]
    signatures: int | None
    live_events: Callable[[str], Sequence[bytes]] | None


@dataclass(frozen=True)
class DossierVerdict:
    """The six lights, everything signed in the file, and the first fault when there is one."""

    lights: tuple[Light, ...]
    signatures: tuple[SignatureFound, ...]
    first_fault: Fault | None
    sha256: str

    @property
    def intact(self) -> bool:
        """Say whether nothing is wrong and the certificates could be checked."""
        return self.exit_code == INTACT

    @property
    def exit_code(self) -> int:
        """Give 0 intact, 1 altered, 3 cannot be judged (no root certificate given)."""
        if self.first_fault is not None:
            return ALTERED
        return INTACT if all(light.ok for light in self.lights if light.key == "certificates") else OPEN


def verify_file(path: Path, roots: Sequence[bytes]) -> DossierVerdict:
    """Check a file on disk, without the database. Raises NotFound, or Invalid when it is no PDF or a root is no certificate."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Invalid(N_("This file is larger than 512 MB. No dossier is: choose the dossier itself."))
        data = path.read_bytes()
    except OSError as problem:
        raise NotFound(N_("{file} cannot be read. Check the name and try again."), file=str(path)) from problem
    return verify_dossier(data, roots)


def verify_dossier(
    data: bytes, roots: Sequence[bytes], known: Known | None = None, now: datetime | None = None
) -> DossierVerdict:
    """Check a dossier or a lone approval sheet against `roots` (PEM). Raises Invalid when it is no PDF at all."""
    _refuse_other_files(data)
    trust = Trust(tuple(_certificate(root) for root in roots), (), now or utc_now())
    paper = examine(data, trust)
    inside = read_enclosures(data)
    inner = Trust(trust.roots, paper.crls, trust.now)
    sheets = {name: examine(inside.files[name], inner, name) for name in _sheet_names(inside)}
    papers = (paper, *sheets.values())
    digest = sha256(data).hexdigest()
    lights = (
        _known(digest, known),
        _signatures(data, papers, inside),
        _changes(papers, inside),
        _certificates(papers, trust),
        _count(paper, sheets, inside, known),
        _events(paper, inside, known),
    )
    first = next((Fault(light.sentence, light.params) for light in lights if light.ok is False), None)
    return DossierVerdict(lights, tuple(one for found in papers for one in found.signatures), first, digest)


def as_json(verdict: DossierVerdict, language: str) -> dict[str, object]:
    """Give the verdict as plain data, its sentences in `language` ("zh" or "en")."""
    fault = verdict.first_fault
    return {
        "verdict": {INTACT: "intact", ALTERED: "altered", OPEN: "cannot_check"}[verdict.exit_code],
        "intact": verdict.intact,
        "exit_code": verdict.exit_code,
        "sha256": verdict.sha256,
        "first_fault": translate(language, fault.sentence, **fault.params) if fault else None,
        "lights": [
            {
                "key": light.key,
                "ok": light.ok,
                "title": translate(language, light.title),
                "sentence": translate(language, light.sentence, **light.params),
            }
            for light in verdict.lights
        ],
        "signatures": [
            {
                "place": one.place,
                "field": one.field,
                "name": one.name,
                "serial": str(one.serial),
                "time_stamp": one.time_stamp,
                "at": one.at.isoformat() if one.at else None,
                "authority": one.authority,
                "claim": translate(language, _claim(one)),
                "ok": one.damage is None and one.change is None and one.certificate is None,
            }
            for one in verdict.signatures
        ],
    }


def _claim(one: SignatureFound) -> str:
    """Say what a signature may be called, by the root its certificate leads to."""
    if one.time_stamp:
        return N_("Time stamp")
    if one.authority:
        return N_("Personal electronic signature with a certificate of an outside authority")
    if one.personal:
        return N_("Personal electronic signature within this system")
    return N_("System seal: it proves that nothing was changed, not who decided")


def _refuse_other_files(data: bytes) -> None:
    # A damaged first line is a damaged PDF, not another kind of file; so the end counts too.
    if b"%PDF-" not in data[:1024] and b"%%EOF" not in data[-1024:]:
        raise Invalid(N_("This file is not a PDF. Choose a dossier or an approval sheet as this system gave it out."))


def _certificate(root: bytes) -> x509.Certificate:
    try:
        der = pem.unarmor(root)[2] if pem.detect(root) else root
        certificate = x509.Certificate.load(der, strict=True)
        _ = certificate.native
    except (ValueError, TypeError) as problem:
        raise Invalid(N_("The root certificate cannot be read. Give the file root.pem of the system.")) from problem
    return certificate


def _sheet_names(inside: Enclosures) -> list[str]:
    listed = {str(sheet.get("file")) for sheet in inside.sheets}
    return sorted(name for name in inside.files if name in listed or name.lower().endswith(".pdf"))


def _light(key: str, fault: Fault | None, good: str, **params: object) -> Light:
    if fault is not None:
        return Light(key, ok=False, title=_TITLES[key], sentence=fault.sentence, params=fault.params)
    return Light(key, ok=True, title=_TITLES[key], sentence=good, params=params)


def _open(key: str, sentence: str, **params: object) -> Light:
    return Light(key, ok=None, title=_TITLES[key], sentence=sentence, params=params)


def _known(digest: str, known: Known | None) -> Light:
    if known is None:
        return _open("known", N_("Not checked: only the system itself knows which papers it gave out."))
    unknown = Fault(N_("This system never gave out a paper with exactly these bytes."))
    return _light("known", None if digest in known.pdf_sha256s else unknown, N_("The system gave out exactly these bytes."))


def _signatures(data: bytes, papers: Sequence[PaperFound], inside: Enclosures) -> Light:
    faults: Iterator[Fault | None] = (fault for paper in papers for fault in (paper.damage, *(one.damage for one in paper.signatures)))
    fault = enclosure_fault(inside) or next((one for one in faults if one is not None), None)
    if fault is not None and not inside.damaged:
        fault = _located(data, fault)
    if fault is None and not papers[0].signatures:
        fault = Fault(N_("This file carries no signature of this system. Saving it with another program removes them."))
    number = sum(len(paper.signatures) for paper in papers)
    return _light("signatures", fault, N_("All {number} signatures and time stamps match the content."), number=number)


def _located(data: bytes, fault: Fault) -> Fault:
    place = damaged_place(data)
    if place is None:
        return fault
    if place.isdecimal():
        return Fault(N_("Page {page} was altered: its content is damaged."), {"page": place})
    return Fault(N_("The enclosure {file} was altered: its content is damaged."), {"file": place})


def _changes(papers: Sequence[PaperFound], inside: Enclosures) -> Light:
    fault = next((one for paper in papers for one in (paper.change, *(found.change for found in paper.signatures)) if one), None)
    outer = papers[0].signatures
    if fault is None and outer and (inside.files or any(one.time_stamp for one in outer)):
        fault = _unclosed(outer)
    return _light("changes", fault, N_("After each signature only what signing itself adds was added."))


def _unclosed(outer: Sequence[SignatureFound]) -> Fault | None:
    """A dossier ends with the archive seal and the time stamp over it: cut back to less, it is not the dossier."""
    seals = [one for one in outer if not one.time_stamp and not one.personal]
    if not seals:
        return Fault(N_("The archive seal is missing: the dossier was cut back to a state before archiving."))
    if not outer[-1].time_stamp:
        return Fault(N_("The closing time stamp is missing: the dossier was cut back to an earlier state."))
    return None


def _certificates(papers: Sequence[PaperFound], trust: Trust) -> Light:
    if not trust.roots:
        return _open("certificates", N_("Not checked: no root certificate was given, so nobody vouches for the names."))
    fault = next((one.certificate for paper in papers for one in paper.signatures if one.certificate), None)
    if fault is None and not any(paper.signatures for paper in papers):
        return _open("certificates", N_("There is no signature whose certificate could be checked."))
    found = [one for paper in papers for one in paper.signatures]
    outside = sorted({one.authority for one in found if one.authority})
    if outside:
        good = N_("All certificates lead to trusted roots and were in force when used; besides this system they come from: {authorities}.")
        return _light("certificates", fault, good, authorities="、".join(outside))
    return _light("certificates", fault, N_("All certificates were issued by this system and in force when used (personal electronic signatures within this system)."))


def _count(paper: PaperFound, sheets: dict[str, PaperFound], inside: Enclosures, known: Known | None) -> Light:
    if inside.manifest is not None:
        number = sum(not one.time_stamp for found in sheets.values() for one in found.signatures)
        good = N_("The sheets carry the {number} signatures the dossier lists.")
        return _light("count", count_fault(inside, sheets), good, number=number)
    number = sum(not one.time_stamp for one in paper.signatures)
    if known is None or known.signatures is None:
        return _open("count", N_("{number} signatures found; how many there should be, only the system knows."), number=number)
    fewer = Fault(
        N_("The sheet carries {found} signatures, the system recorded {recorded}: it was cut back to an earlier state."),
        {"found": number, "recorded": known.signatures},
    )
    good = N_("The sheet carries the {number} signatures the system recorded.")
    return _light("count", None if number == known.signatures else fewer, good, number=number)


def _events(paper: PaperFound, inside: Enclosures, known: Known | None) -> Light:
    if inside.manifest is None and not inside.files and not any(one.time_stamp for one in paper.signatures):
        return _open("events", N_("An approval sheet alone carries no events; the dossier does."))
    count = len(inside.files.get("events.jsonl", b"").splitlines())
    good = N_("{count} events follow from one another without a gap.")
    live = known.live_events if known is not None else None
    return _light("events", events_fault(inside, live), good, count=count)
