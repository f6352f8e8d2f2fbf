"""The web server process and the worker process: start, say so, stop cleanly on SIGTERM or Ctrl-C."""

import logging
import signal
import socket
import tempfile
from types import FrameType

import waitress

from engine import jobs
from engine.catalogue import N_
from engine.errors import Invalid
from engine.sequencer import Sequencer
from web import body_limits
from web.application import create_app
from web.house import open_house
from web.secret_files import secret_from
from web.settings import Settings
from workflows.authority_care import publish_when_old
from workflows.dossier.render import check_rendering
from workflows.worker import all_jobs

_log = logging.getLogger("juanzong")


def serve(settings: Settings) -> None:
    """Serve the pages until told to stop. Raises Invalid when the port is taken."""
    check_port(settings.host, settings.port)
    check_rendering()
    _stop_on_sigterm()
    with open_house(settings) as house:
        _pass_bodies_over_the_disk(settings)
        app = create_app(house.site, secret_from(settings.secret_key_file))
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            max_request_body_size=body_limits.largest(settings) + 1,
            channel_timeout=60,
            ident=None,
        )
        server.channel_class = body_limits.channel(settings)
        _log.info("serving http://%s:%s", settings.host, settings.port)
        try:
            server.run()
        finally:
            server.close()


def work(settings: Settings) -> None:
    """Do background work until told to stop."""
    check_rendering()
    with open_house(settings) as house:
        sequencer = Sequencer(house.site.sessions, house.site.facilities.log)
        sequencer.start()
        publish_when_old(house.site.sessions, house.site.facilities)
        _log.info("worker ready")
        try:
            jobs.run_worker(house.database_url, all_jobs(house.site.sessions, house.site.facilities))
        finally:
            sequencer.stop()


def check_port(host: str, port: int) -> None:
    """Refuse a port somebody else listens on. Raises Invalid."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Invalid(
                N_("Port {port} cannot be used: {problem}. Choose another one with --port or JUANZONG_PORT."),
                port=port,
                problem=error.strerror,
            ) from error


def _pass_bodies_over_the_disk(settings: Settings) -> None:
    """Let forms that are being received lie in the data folder: the system's own folder often lies in memory."""
    folder = settings.data_dir / "receiving"
    folder.mkdir(exist_ok=True)
    tempfile.tempdir = str(folder)


def _stop_on_sigterm() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
