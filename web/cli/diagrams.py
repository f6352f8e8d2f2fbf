"""`juanzong bpmn`: check a diagram, deploy it."""

from pathlib import Path

import click

from engine import definitions
from engine.catalogue import N_
from engine.diagram_check import DiagramReport, Severity, check, processes_in
from engine.errors import Invalid
from engine.unit_of_work import work
from web.cli.simulation import play_file, simulate_file
from web.cli.terminal import json_option, language, operator, show, show_json, words
from web.house import own_house


_WEIGHTS = {
    Severity.ERROR: N_("refused:"),
    Severity.REWRITTEN: N_("rewritten:"),
    Severity.WARNING: N_("note:"),
}


@click.group()
def bpmn() -> None:
    """Process diagrams."""


bpmn.add_command(simulate_file)
bpmn.add_command(play_file)


@bpmn.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def check_files(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Say of each FILE whether it can be deployed, why not, and what runs in another form than drawn.

    The files may call each other's processes. Exit 1 when one cannot be deployed, 2 when one is no diagram at all.
    """
    contents = [(file, _content(file)) for file in files]
    known = frozenset(key for _, xml in contents for key in processes_in(xml))
    reports = [(file, check(xml, known)) for file, xml in contents]
    if as_json:
        described = [_described(file, report) for file, report in reports]
        show_json(described[0] if len(described) == 1 else {"files": described})
    else:
        for file, report in reports:
            _tell(file, report)
    return max(_status(report) for _, report in reports)


@bpmn.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", required=True, help="why this version is deployed; it goes into the log")
@json_option
def deploy(file: Path, reason: str, *, as_json: bool) -> None:
    """Seal FILE as the next version of its process; running cases stay on theirs."""
    xml = _content(file)
    with own_house() as opened, work(opened.site.sessions, operator()) as unit:
        version = definitions.deploy(unit, xml, reason)
    if as_json:
        show_json({"process": version.key, "version": version.version, "sha256": version.sha256})
    else:
        show(words(N_("{key} is at version {version}."), key=version.key, version=version.version))


def _status(report: DiagramReport) -> int:
    if any(one.code in {"not-xml", "not-bpmn"} for one in report.findings):
        return 2
    return 0 if report.deployable else 1


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(
            N_("{name} cannot be opened. Check the path and that you may read it."), name=str(file)
        ) from error


def _described(file: Path, report: DiagramReport) -> dict[str, object]:
    return {
        "file": str(file),
        "verdict": "deployable" if report.deployable else "refused",
        "processes": list(report.processes),
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "element": one.element,
                "line": one.line,
                "message": one.told(language()),
            }
            for one in report.findings
        ],
    }


def _tell(file: Path, report: DiagramReport) -> None:
    verdict = N_("{file}: can be deployed") if report.deployable else N_("{file}: refused")
    show(words(verdict, file=str(file)))
    for one in report.findings:
        where = words(N_("line {line}, {element}"), line=one.line, element=one.element or "-")
        show(f"  {words(_WEIGHTS[one.severity])} {where}: {one.code}: {one.told(language())}")
