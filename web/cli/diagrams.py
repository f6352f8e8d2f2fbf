"""`juanzong bpmn`: check a diagram; the other commands on diagrams stand in modules of their own."""

from pathlib import Path

import click

from engine.catalogue import N_
from engine.diagram_check import DiagramReport, check, processes_in
from web.cli.findings import content_of, is_no_diagram, listed, tell
from web.cli.simulation import play_file, simulate_file
from web.cli.terminal import json_option, show, show_json, words
from web.cli.versions import deploy, migrate, versions


@click.group()
def bpmn() -> None:
    """Process diagrams."""


for command in (simulate_file, play_file, deploy, versions, migrate):
    bpmn.add_command(command)


@bpmn.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def check_files(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Say of each FILE whether it can be deployed, why not, and what runs in another form than drawn.

    The files may call each other's processes. Exit 1 when one cannot be deployed, 2 when one is no diagram at all.
    """
    contents = [(file, content_of(file)) for file in files]
    known = frozenset(key for _, xml in contents for key in processes_in(xml))
    reports = [(file, check(xml, known)) for file, xml in contents]
    if as_json:
        described = [_described(file, report) for file, report in reports]
        show_json(described[0] if len(described) == 1 else {"files": described})
    else:
        for file, report in reports:
            verdict = N_("{file}: can be deployed") if report.deployable else N_("{file}: refused")
            show(words(verdict, file=str(file)))
            tell(report)
    return max(_status(report) for _, report in reports)


def _status(report: DiagramReport) -> int:
    if is_no_diagram(report):
        return 2
    return 0 if report.deployable else 1


def _described(file: Path, report: DiagramReport) -> dict[str, object]:
    return {
        "file": str(file),
        "verdict": "deployable" if report.deployable else "refused",
        "processes": list(report.processes),
        "findings": listed(report),
    }
