"""`juanzong verify`: is this dossier intact? Without the server."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding

from engine.catalogue import N_
from engine.errors import Invalid
from web.cli.terminal import json_option, language, show, show_json, words
from web.settings import from_environment
from workflows.dossier import verification
from workflows.dossier.outside_certificates import roots_in
from workflows.dossier.verification import DossierVerdict


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--root", "roots", multiple=True, type=click.Path(path_type=Path), help="certificate to trust (PEM)")
@json_option
def verify(file: Path, roots: tuple[Path, ...], *, as_json: bool) -> int:
    """Check a dossier PDF. Exit 0 intact, 1 altered (named), 2 unreadable, 3 cannot be judged."""
    trusted = [_pem(root) for root in roots] or _own_roots()
    verdict = verification.verify_file(file, trusted)
    if as_json:
        show_json({"file": str(file), **verification.as_json(verdict, language())})
    else:
        show(_summary(verdict))
        for light in verdict.lights:
            sign = {True: "✓", False: "✗", None: "–"}[light.ok]
            show(f"{sign} {words(light.title)}: {words(light.sentence, **light.params)}")
    return verdict.exit_code


def _own_roots() -> list[bytes]:
    """Give the root of the office this machine serves, and the outside ones it trusts; none on another machine."""
    settings = from_environment()
    own = settings.authority_dir / "root.pem"
    if not own.exists():
        return []
    return [own.read_bytes(), *(one.public_bytes(Encoding.PEM) for one in roots_in(settings.roots_dir))]


def _summary(verdict: DossierVerdict) -> str:
    if verdict.first_fault is not None:
        problem = words(verdict.first_fault.sentence, **verdict.first_fault.params)
        return words(N_("Altered: {problem}"), problem=problem)
    if verdict.intact:
        return words(N_("Intact."))
    return words(N_("Cannot be judged: give the certificate to trust with --root."))


def _pem(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(
            N_("{name} cannot be opened. Check the path and that you may read it."), name=str(file)
        ) from error
