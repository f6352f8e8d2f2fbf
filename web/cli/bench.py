"""`juanzong bench`: this engine beside others, on this machine, in one run."""

import subprocess
import sys
from pathlib import Path

import click

from engine.catalogue import N_
from engine.errors import Invalid
from web.cli.terminal import json_option

_BENCH = Path(__file__).parents[2] / "tests" / "bench"


@click.command()
@click.option("--quick", is_flag=True, help="the ratios in about a minute; the full run takes up to a quarter of an hour")
@json_option
def bench(*, quick: bool, as_json: bool) -> int:
    """Measure this engine, its rivals and the floor below all of them (docs/benchmarks.md)."""
    if not _BENCH.is_dir():
        raise Invalid(
            N_("The benchmark is not part of this installation. Run “make bench” in the folder of the source code.")
        )
    flags = [flag for flag, wanted in (("--quick", quick), ("--json", as_json)) if wanted]
    # A process of its own: the benchmark is no part of the product and brings modules of its own.
    return subprocess.run([sys.executable, str(_BENCH), *flags], check=False).returncode  # noqa: S603 - our own program
