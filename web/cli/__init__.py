"""The command line `juanzong`.

Exit 0: done or a good verdict; 1: a negative verdict; 2: wrong use or unreadable input; 3: cannot be judged.
What goes wrong is said in one sentence on stderr, in the language of the terminal; `--json` prints one JSON
object on stdout and nothing else.
"""

import logging
import sys
from collections.abc import Sequence

import click

from engine.errors import Refused
from web.cli import audit, breakdown, cases, database, diagrams, processes, verify
from web.cli.terminal import say, sentence
from web.settings import BadSetting


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def juanzong() -> None:
    """卷宗 Juanzong: task tables in, audited approvals, signed dossiers out."""


for _command in (
    processes.demo,
    processes.serve_pages,
    processes.do_background_work,
    database.database,
    breakdown.breakdown,
    diagrams.bpmn,
    cases.cases,
    audit.audit,
    verify.verify,
):
    juanzong.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        result = juanzong.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except click.exceptions.Abort:
        return 130
    except Refused as refused:
        say(sentence(refused))
        return 2
    except BadSetting as problem:
        say(str(problem))
        return 2
    return result if isinstance(result, int) else 0
