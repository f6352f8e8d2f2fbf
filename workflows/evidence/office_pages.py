"""Office documents as pages: LibreOffice, where it is installed, turns them into a PDF.

Each document gets a profile of its own that runs no macros and follows no links, a folder of its own, and limits;
after the time is over the whole family of processes is ended.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import workflows
from workflows.evidence.confined import TooDemanding, Unreadable

CONVERTER = "workflows.evidence.office_converter"
#: A table without page breaks may have thousands of pages; nobody looks at them one by one.
PAGES_AT_MOST = 200

_ENDINGS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx", "writer"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx", "calc"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx", "impress"),
    "application/msword": ("doc", "writer"),
    "application/vnd.ms-excel": ("xls", "calc"),
    "application/vnd.ms-powerpoint": ("ppt", "impress"),
}
_SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "1"),
)

#: One at a time: it takes hundreds of megabytes.
_turn = threading.Lock()


@dataclass(frozen=True)
class OfficeLimits:
    """What LibreOffice may use: bytes of address space, seconds of processor, bytes of one file, seconds on the clock."""

    memory: int = 4 << 30
    cpu_seconds: int = 90
    written: int = 400_000_000
    wall_seconds: int = 120


def program() -> str | None:
    """Give where LibreOffice is; None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convertible(media_type: str) -> bool:
    """Say whether a kind of file is an office document LibreOffice can read."""
    return media_type in _ENDINGS


@contextmanager
def as_pdf(path: Path, media_type: str, office: str, limits: OfficeLimits | None = None) -> Iterator[Path]:
    """Give an office document as a PDF that is gone after the `with`. Raises TooDemanding or Unreadable."""
    allowed = limits or OfficeLimits()
    ending, kind = _ENDINGS[media_type]
    with tempfile.TemporaryDirectory(prefix="jz-office-") as folder, _turn:
        place = Path(folder)
        shutil.copyfile(path, place / f"document.{ending}")
        _write_profile(place / "profile" / "user")
        _run(_command(place, kind, ending, office, allowed), place, allowed)
        made = place / "pdf" / "document.pdf"
        if not made.is_file():
            raise Unreadable(CONVERTER)
        yield made


def _command(place: Path, kind: str, ending: str, office: str, limits: OfficeLimits) -> list[str]:
    pages = json.dumps({"PageRange": {"type": "string", "value": f"1-{PAGES_AT_MOST}"}})
    confined = [sys.executable, "-P", "-m", CONVERTER, json.dumps(asdict(limits))]
    return [
        *confined,
        office,
        f"-env:UserInstallation={(place / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
        *("--convert-to", f"pdf:{kind}_pdf_Export:{pages}"),
        *("--outdir", str(place / "pdf"), str(place / f"document.{ending}")),
    ]


def _run(command: list[str], place: Path, limits: OfficeLimits) -> None:
    environment = {
        "PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(place), "TMPDIR": str(place),
        "PYTHONPATH": str(Path(workflows.__file__).parents[1]),
    }  # fmt: skip
    child = subprocess.Popen(  # noqa: S603 - our own interpreter, the program of this house
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=place,
        start_new_session=True,
    )
    try:
        code = child.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise TooDemanding(CONVERTER) from error
    finally:
        _end_family(child)
    if code < 0:
        raise TooDemanding(CONVERTER)
    if code != 0:
        raise Unreadable(CONVERTER)


def _end_family(child: "subprocess.Popen[bytes]") -> None:
    """End what is left of the child's process group, and wait for the child."""
    with suppress(ProcessLookupError):  # all of them may have ended by themselves
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _write_profile(folder: Path) -> None:
    folder.mkdir(parents=True)
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">' + items + "</oor:items>"
    )
