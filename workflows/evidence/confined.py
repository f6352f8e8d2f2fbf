"""A child process with limits, for reading files that strangers wrote.

Picture and document libraries have faults, and a small file can unpack to a huge one. So they run in a process
of their own, with little memory and time: the worst a file can do is end its own reading.
"""

import json
import logging
import os
import resource
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import workflows

#: Exit codes of the child; a signal gives a negative one.
_TOO_MUCH, _UNREADABLE = 3, 4

#: Children take memory and a processor each: a burst of uploads waits for its turn instead of filling the machine.
_turns = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

_log = logging.getLogger("juanzong.files")


@dataclass(frozen=True)
class Limits:
    """What a child may use: bytes of address space, seconds of processor, seconds on the clock."""

    memory: int = 1 << 30
    cpu_seconds: int = 20
    wall_seconds: int = 60


class TooDemanding(Exception):  # noqa: N818 - named after the finding
    """The child ran out of memory or time, or was brought down by the file."""


class Unreadable(Exception):  # noqa: N818 - named after the finding
    """The library could make nothing of the file; what it said is in the log."""


def run(module: str, arguments: Sequence[str], limits: Limits) -> bytes:
    """Run `python -m module` under `limits` and give what it wrote. Raises TooDemanding or Unreadable."""
    command = [sys.executable, "-P", "-m", module, json.dumps(asdict(limits)), *arguments]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(Path(workflows.__file__).parents[1])}
    with _turns:
        try:
            child = subprocess.run(  # noqa: S603 - our own interpreter, our own module
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=limits.wall_seconds,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TooDemanding(module) from error
    said = child.stderr.decode(errors="replace")
    if child.returncode == _TOO_MUCH or child.returncode < 0:
        raise TooDemanding(module)
    if child.returncode == _UNREADABLE:
        _log.warning("%s could not read a file: %s", module, said)
        raise Unreadable(module)
    if child.returncode != 0:
        message = f"{module} did not start: {said[-2000:]}"
        raise RuntimeError(message)
    return child.stdout


def child(work: Callable[[Sequence[str]], bytes]) -> None:
    """Be the child: take the limits from the command line, do `work` with the other arguments, write its answer."""
    _confine(Limits(**json.loads(sys.argv[1])))
    try:
        answer = work(sys.argv[2:])
    except MemoryError:
        sys.exit(_TOO_MUCH)
    except Exception:  # noqa: BLE001 - whatever a library raises over a hostile file; the parent logs it
        traceback.print_exc()
        sys.exit(_UNREADABLE)
    sys.stdout.buffer.write(answer)


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
