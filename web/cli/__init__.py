"""The command line `juanzong`.

Exit 0: done or a good verdict; 1: a negative verdict; 2: wrong use or unreadable input; 3: cannot be judged.
What goes wrong is said in one sentence on stderr, in the language of the terminal; `--json` prints one JSON
object on stdout and nothing else.
"""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from engine.catalogue import N_
from engine.errors import Refused
from web.cli.terminal import say, sentence, words
from web.settings import BadSetting

#: Command → module and name in it; a module is imported when its command is used, so that each starts fast.
COMMANDS = {
    "demo": "processes:demo",
    "serve": "processes:serve_pages",
    "worker": "processes:do_background_work",
    "db": "database:database",
    "breakdown": "breakdown:breakdown",
    "bpmn": "diagrams:bpmn",
    "cases": "cases:cases",
    "audit": "audit:audit",
    "certificates": "certificates:certificates",
    "incidents": "incidents:incidents",
    "vault": "vault:vault",
    "verify": "verify:verify",
    "bench": "bench:bench",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        module, _, name = COMMANDS.get(cmd_name, "").partition(":")
        if not module:
            return None
        command: click.Command = getattr(import_module(f"web.cli.{module}"), name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def juanzong() -> None:
    """卷宗 Juanzong: task tables in, audited approvals, signed dossiers out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("juanzong").setLevel(logging.INFO)
    try:
        result = juanzong.main(
            args=list(arguments) if arguments is not None else None, prog_name="juanzong", standalone_mode=False
        )
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "juanzong"
        say(words(N_("Wrong use: {problem} See “{command} --help”."), problem=error.format_message(), command=path))
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
