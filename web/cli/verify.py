"""`juanzong verify`: is this dossier, or this bundle, intact? Without the server."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding

from engine.catalogue import N_
from engine.errors import Invalid
from engine.verify import ALTERED, CANNOT_CHECK, INCOMPLETE, OK, TITLES
from web.cli.terminal import json_option, language, show, show_json, words
from web.settings import from_environment
from workflows.dossier import verification
from workflows.dossier.bundle_check import BundleVerdict, check_bundle, is_bundle
from workflows.dossier.outside_certificates import roots_in
from workflows.dossier.verification import DossierVerdict


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--root", "roots", multiple=True, type=click.Path(path_type=Path), help="certificate to trust (PEM)")
@click.option("--key", "keys", multiple=True, help="public key of the log (bundles)")
@click.option("--witness", "witnesses", multiple=True, help="public key of a witness (bundles)")
@json_option
def verify(file: Path, roots: tuple[Path, ...], keys: tuple[str, ...], witnesses: tuple[str, ...], *, as_json: bool) -> int:
    """Check a dossier PDF or a bundle. Exit 0 intact, 1 altered or incomplete (named), 2 unreadable, 3 cannot be judged."""
    trusted = [_pem(root) for root in roots] or _own_roots()
    if is_bundle(file):
        return _tell_bundle(file, check_bundle(file, trusted, keys, witnesses), as_json=as_json)
    verdict = verification.verify_file(file, trusted)
    if as_json:
        show_json({"file": str(file), **verification.as_json(verdict, language())})
    else:
        show(_summary(verdict))
        for light in verdict.lights:
            sign = {True: "✓", False: "✗", None: "–"}[light.ok]
            show(f"{sign} {words(light.title)}: {words(light.sentence, **light.params)}")
    return verdict.exit_code


def _tell_bundle(file: Path, verdict: BundleVerdict, *, as_json: bool) -> int:
    chinese = language() == "zh"
    told = verdict.report.as_json(chinese=chinese)
    status = {OK: 0, CANNOT_CHECK: 3}.get(verdict.status, 1)
    if as_json:
        papers = [{"name": name, **verification.as_json(one, language())} for name, one in verdict.papers]
        overall = "altered" if verdict.altered_papers else told["verdict"]
        show_json({"file": str(file), **told, "verdict": overall, "exit_code": status, "papers": papers})
        return status
    show(words({OK: N_("Intact."), ALTERED: N_("Altered."), INCOMPLETE: N_("Incomplete.")}.get(verdict.status, N_("Cannot be checked."))))
    for check in verdict.report.checks:
        show(f"{'✓✗–?'[check.status]} {TITLES[check.about][chinese]}: {check.sentence(chinese=chinese)}")
    for name, one in verdict.papers:
        show(f"{'✗' if one.exit_code == ALTERED else '✓' if one.intact else '–'} {name}: {_summary(one)}")
    return status


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
