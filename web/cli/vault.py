"""`juanzong vault`: read the files of the vault again and say which are damaged."""

import click

from web.cli.terminal import json_option, operator, show, show_json, words
from web.house import own_house
from engine.catalogue import N_
from engine.errors import Conflict
from workflows.evidence import fixity
from workflows.evidence.vault import Unreachable

_NAMED = 1_000
_LINES = {"altered": N_("{sha256}  damaged  {uses}"), "missing": N_("{sha256}  missing  {uses}")}


@click.group()
def vault() -> None:
    """The files of evidence and papers (资料库)."""


@vault.command()
@click.option("--all", "everything", is_flag=True, help="every file, not only those longest unread")
@json_option
def check(*, everything: bool, as_json: bool) -> int:
    """Read files again, longest unread first, as every night. Exit 1 when a file is damaged, found now or before."""
    with own_house() as opened:
        here = opened.site
        budget = None if everything else here.facilities.check_bytes
        try:
            outcome = fixity.check_files(here.sessions, here.facilities.vault, budget, here.clock, operator())
        except Unreachable as problem:
            raise Conflict(N_("The files cannot be read: {problem}."), problem=str(problem)) from problem
        with here.reading() as session:
            damaged = fixity.damaged_files(session, _NAMED)
    if as_json:
        show_json(
            {
                "files": outcome.files,
                "bytes": outcome.read_bytes,
                "mended": list(outcome.mended),
                "damaged": [
                    {
                        "sha256": one.sha256,
                        "damage": one.damage,
                        "since": one.damaged_at.isoformat(),
                        "uses": [{"case": use.case_no, "file": use.file_name} for use in one.uses],
                    }
                    for one in damaged
                ],
            }
        )
    else:
        _tell(outcome, damaged)
    return 1 if damaged else 0


def _tell(outcome: fixity.Outcome, damaged: list[fixity.DamagedFile]) -> None:
    for one in damaged:
        uses = ", ".join(f"{use.case_no} {use.file_name}" for use in one.uses)
        show(words(_LINES[one.damage], sha256=one.sha256, uses=uses or "-"))
    for sha256 in outcome.mended:
        show(words(N_("{sha256}  mended"), sha256=sha256))
    size = round(outcome.read_bytes / 1e6)
    show(words(N_("{files} files read ({size} MB), {damaged} damaged"), files=outcome.files, size=size, damaged=len(damaged)))
