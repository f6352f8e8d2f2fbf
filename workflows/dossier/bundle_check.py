"""The check of a bundle with everything this system has: what `verify.py` checks, and the signatures in the papers too."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import verify
from engine.catalogue import N_
from engine.errors import Invalid, NotFound
from engine.verify import FILES, Folder, Key, Packed, Report, Unreadable
from workflows.dossier.verification import ALTERED, DossierVerdict, verify_dossier

#: A PDF with a signature in it; a photo scanned to PDF has none, and is only its digest.
_SIGNED = b"/ByteRange"


@dataclass(frozen=True)
class BundleVerdict:
    """What `verify.py` says, and the verdict on every signed paper in the bundle, by its name there."""

    report: Report
    papers: tuple[tuple[str, DossierVerdict], ...]

    @property
    def altered_papers(self) -> tuple[tuple[str, DossierVerdict], ...]:
        """Give the papers whose signatures or contents are not what was signed."""
        return tuple((name, one) for name, one in self.papers if one.exit_code == ALTERED)

    @property
    def status(self) -> int:
        """Give the worst of both, as `engine.verify` numbers it."""
        return verify.ALTERED if self.altered_papers else self.report.status


def is_bundle(path: Path) -> bool:
    """Say whether a path is a bundle rather than a paper: a folder, or a ZIP."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError as problem:
        raise NotFound(N_("{file} cannot be read. Check the name and try again."), file=str(path)) from problem


def check_bundle(path: Path, roots: Sequence[bytes], keys: Sequence[str], witnesses: Sequence[str]) -> BundleVerdict:
    """Check a bundle. `roots` are PEM certificates, `keys` and `witnesses` lines of public keys. Raises Invalid for a bad key."""
    report = verify.verify_bundle(path, _keys(keys), _keys(witnesses))
    bundle = Folder(path) if path.is_dir() else Packed(path)
    papers = []
    for name in bundle.names():
        if name.startswith(FILES) and name.endswith(".pdf"):
            data = b"".join(bundle.chunks(name))
            if _SIGNED in data:
                papers.append((name, verify_dossier(data, roots)))
    return BundleVerdict(report, tuple(papers))


def _keys(lines: Sequence[str]) -> list[Key]:
    try:
        return [verify.read_key(line) for line in lines]
    except Unreadable as problem:
        raise Invalid(N_("This is no public key of a log or witness: {problem}."), problem=str(problem)) from problem
