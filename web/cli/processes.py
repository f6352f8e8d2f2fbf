"""`juanzong demo`, `serve`, `worker`: the processes."""

from dataclasses import replace

import click

from web.settings import from_environment


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="the port of the pages (8000)")
@click.option("--reset", is_flag=True, help="throw the demonstration away and start over")
@click.option("--no-serve", is_flag=True, help="only fill the city, do not serve it")
def demo(port: int | None, *, reset: bool, no_serve: bool) -> None:
    """Run the demonstration city 云江市: database, pages and worker, until Ctrl-C."""
    from web.demonstration import Wish, run  # noqa: PLC0415 - the other commands start faster without it

    settings = from_environment()
    run(replace(settings, port=port or settings.port, demo=True), Wish(reset=reset, serve=not no_serve))


@click.command(name="serve")
def serve_pages() -> None:
    """Serve the pages (JUANZONG_HOST, JUANZONG_PORT)."""
    from web.serving import serve  # noqa: PLC0415 - as above

    serve(from_environment())


@click.command(name="worker")
def do_background_work() -> None:
    """Do the background work: previews, approval sheets, dossiers, checks."""
    from web.serving import work  # noqa: PLC0415 - as above

    work(from_environment())
