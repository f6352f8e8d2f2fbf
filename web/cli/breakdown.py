"""`juanzong breakdown`: read a task table, import it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import click

from engine.catalogue import N_
from engine.unit_of_work import work
from web.cli.terminal import json_option, language, operator, say, show, show_json, words
from web.house import own_house
from workflows.breakdown import document
from workflows.breakdown.document import BreakdownDocument, ReadTable, ReadWarning
from workflows.breakdown.importing import campaign_named, import_document

#: How many doubts of a kind are told at the terminal; `--json` gives all of them.
_TOLD = 3
_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group()
def breakdown() -> None:
    """Task breakdown tables (任务分解表)."""


@breakdown.command()
@_FILE
@json_option
def read(file: Path, *, as_json: bool) -> None:
    """Read FILE and show what it holds; no database needed."""
    found = document.read(file)
    if as_json:
        show_json(document.as_json(found, language()))
        return
    _describe(found)


@breakdown.command(name="import")
@_FILE
@click.option("--campaign", required=True, help="the campaign it belongs to, such as 2026创建全国文明城市")
@json_option
def import_file(file: Path, campaign: str, *, as_json: bool) -> None:
    """Read FILE into the database; the same file twice changes nothing."""
    found = document.read(file)
    data = file.read_bytes()
    with own_house() as opened, work(opened.site.sessions, operator()) as unit:
        result = import_document(unit, campaign_named(unit, campaign), file.name, data, found)
    if as_json:
        doubts = [one.as_json(language()) for one in _doubts(found)]
        show_json({"breakdown": str(result.breakdown_id), "created": result.created, "already": result.already, "warnings": doubts})
        return
    _describe(found)
    if result.already:
        show(words(N_("This file was imported into “{campaign}” before; nothing changed."), campaign=campaign))
    else:
        show(words(N_("{count} cases were made in “{campaign}”."), count=result.created, campaign=campaign))


def _describe(found: BreakdownDocument) -> None:
    show(found.title)
    for table in found.tables:
        show(_table_line(table))
    kinds: dict[str, list[ReadWarning]] = {}
    for one in _doubts(found):
        kinds.setdefault(one.code, []).append(one)
    for code, doubts in kinds.items():
        for told in (one.as_json(language()) for one in islice(doubts, _TOLD)):
            say(words(N_("{where}: {message}"), where=told["where"], message=told["message"]))
        if len(doubts) > _TOLD:
            say(words(N_("{n} more doubts of this kind ({code}); --json shows them all."), n=len(doubts) - _TOLD, code=code))
    if kinds:
        say(words(N_("{n} doubts in all. Look them over before you assign the cases."), n=sum(map(len, kinds.values()))))


def _doubts(found: BreakdownDocument) -> Iterator[ReadWarning]:
    """Give every doubt: about the document, about its tables, about their rows."""
    yield from found.warnings
    for table in found.tables:
        yield from table.warnings
    for table in found.tables:
        for row in table.rows:
            yield from row.warnings


def _table_line(table: ReadTable) -> str:
    total = sum((row.points or Decimal(0) for row in table.rows), Decimal(0))
    figures = {
        "title": table.title,
        "rows": len(table.rows),
        "demands": sum(len(row.requirements) for row in table.rows),
        "total": f"{total:f}",
    }
    if table.points_total is not None:
        declared = f"{table.points_total:f}"
        return words(N_("{title}: {rows} rules, {demands} requirements, {total} points of {declared} declared"), **figures, declared=declared)
    if total:
        return words(N_("{title}: {rows} rules, {demands} requirements, {total} points; no total is declared"), **figures)
    return words(N_("{title}: {rows} rules, {demands} requirements, no points"), **figures)
