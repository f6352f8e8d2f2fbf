"""The demonstration: embedded database, the city 云江市, web server and worker as processes of their own.

This process starts them, starts them again when one is killed, and stops all of it on Ctrl-C. Its data lies
in one folder that carries a mark, so that nothing but a demonstration is ever thrown away.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import utc_now
from models.embedded_server import embedded_server, stop_left_over
from web.cli.terminal import say, show, words
from web.house import check_data_dir, open_house, upgrade_database
from web.serving import check_port
from web.settings import Settings
from web.words import ROLES
from workflows.demo.city import OFFICE, SIGN_INS
from workflows.demo.seeding import fill
from workflows.demo.workdays import beginning
from workflows.dossier.render import check_rendering

_MARK = "demonstration"
_FILLING, _FILLED = "filling", "filled"
_OURS = ("postgres", "vault", "authority", "secrets")
_PATIENCE = 60.0
_STOPPING = 15.0
_PR_SET_PDEATHSIG = 1
#: A process that ends more often than this within a minute is not started again.
_MAX_RESTARTS = 5


@dataclass(frozen=True)
class Wish:
    """What the person asked for: start over first, serve afterwards."""

    reset: bool
    serve: bool


@dataclass
class _Child:
    """One process of the demonstration and when it was started."""

    command: str
    process: subprocess.Popen[bytes]
    starts: list[float] = field(default_factory=list)


def run(settings: Settings, wish: Wish) -> None:
    """Prepare and serve the demonstration until Ctrl-C. Raises Invalid before anything is half-started."""
    if settings.database_url is not None:
        raise Invalid(N_("The demonstration brings its own database. Unset JUANZONG_DATABASE_URL and start it again."))
    check_data_dir(settings.data_dir)
    if wish.serve:
        check_port(settings.host, settings.port)
    check_rendering()
    # Named, because a shell that starts this in the background hands SIGINT down as ignored.
    signal.signal(signal.SIGTERM, _interrupted)
    signal.signal(signal.SIGINT, _interrupted)
    with _alone(settings.data_dir):
        _make_room(settings, wish)
        with embedded_server(settings.data_dir / "postgres") as url:
            inside = replace(settings, database_url=url, organisation=OFFICE)
            _prepare(inside)
            if wish.serve:
                _serve(inside)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "demonstration.lock").open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Invalid(
                N_("The demonstration already runs from {folder}. Stop it first, or set JUANZONG_DATA_DIR to another folder."),
                folder=str(folder.absolute()),
            ) from error
        yield


def _make_room(settings: Settings, wish: Wish) -> None:
    """Throw away what is asked for, and a filling that was broken off; refuse to touch anything else."""
    mark = settings.data_dir / _MARK
    state = mark.read_text(encoding="ascii").strip() if mark.exists() else None
    occupied = any((settings.data_dir / name).exists() for name in _OURS)
    if state is None and occupied:
        raise Invalid(
            N_("{folder} holds data that is not a demonstration. Set JUANZONG_DATA_DIR to an empty folder."),
            folder=str(settings.data_dir.absolute()),
        )
    if wish.reset or state == _FILLING:
        stop_left_over(settings.data_dir / "postgres")
        for name in _OURS:
            if (settings.data_dir / name).exists():
                shutil.rmtree(settings.data_dir / name)
        mark.unlink(missing_ok=True)


def _prepare(settings: Settings) -> None:
    upgrade_database(settings)
    mark = settings.data_dir / _MARK
    if mark.exists():
        return
    mark.write_text(_FILLING, encoding="ascii")
    say(words(N_("Building the city 云江市 (first time only, about a minute)…")))
    now = utc_now()
    with open_house(settings, lambda: beginning(now)) as house:
        fill(house.site.sessions, house.site.facilities, now, lambda msgid: say(words(msgid)))
    mark.write_text(_FILLED, encoding="ascii")


def _serve(settings: Settings) -> None:
    children: list[_Child] = []
    try:
        children.extend(_started(settings, command) for command in ("serve", "worker"))
        if not _answers(settings, children):
            raise Invalid(N_("The pages did not start within a minute. The lines above say why."))
        _welcome(settings)
        _watch(settings, children)
    except KeyboardInterrupt:
        say(words(N_("Stopping…")))
    finally:
        _stop(children)


def _started(settings: Settings, command: str) -> _Child:
    environment = {
        **os.environ,
        "JUANZONG_DATA_DIR": str(settings.data_dir),
        "JUANZONG_DATABASE_URL": settings.database_url or "",
        "JUANZONG_PORT": str(settings.port),
        "JUANZONG_ORGANISATION": settings.organisation,
        "JUANZONG_DEMO": "1",
    }
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "web.cli", command],
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this process, which stops the others in order
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads run here yet
    )
    return _Child(command, process, [time.monotonic()])


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(settings: Settings, children: list[_Child]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if any(child.process.poll() is not None for child in children):
            return False
        try:
            with urllib.request.urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    return False


def _welcome(settings: Settings) -> None:
    show("")
    show(words(N_("Juanzong is ready: {address}"), address=f"http://{settings.host}:{settings.port}/"))
    show("")
    for person in SIGN_INS:
        show(f"  {person.login:<12} {person.password:<14} {words(ROLES[person.role])} · {person.name} {person.department}")
    show("")
    show(words(N_("Ctrl-C stops it; what you did stays. “make demo RESET=1” starts over.")))
    sys.stdout.flush()


def _watch(settings: Settings, children: list[_Child]) -> None:
    """Start again what was killed; give up on what ends again and again."""
    while True:
        pid, _status = os.waitpid(-1, 0)
        child = next((one for one in children if one.process.pid == pid), None)
        if child is None:
            continue
        now = time.monotonic()
        child.starts = [moment for moment in child.starts if now - moment < _PATIENCE]
        if len(child.starts) >= _MAX_RESTARTS:
            raise Invalid(N_("The process “{name}” ends again and again. The lines above say why."), name=child.command)
        say(words(N_("The process “{name}” ended; it is started again."), name=child.command))
        fresh = _started(settings, child.command)
        child.process, child.starts = fresh.process, [*child.starts, now]


def _stop(children: list[_Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    for child in children:
        try:
            child.process.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
