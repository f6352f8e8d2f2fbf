"""Turn files of the older kinds (.doc, .wps, .xls, .et, .rtf) into packages with LibreOffice, where it is installed.

Every run has a folder and a profile of its own, runs no macros, and is ended with all its children when it takes
too long.
"""

import logging
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.catalogue import N_
from engine.errors import Invalid

PACKAGES = "libreoffice-writer-nogui libreoffice-calc-nogui"

_MISSING = N_(
    "{name} is of an older kind. Open it in Word or WPS and save it as .docx (tables: .xlsx), or install LibreOffice "
    "on the server (Debian: {packages})."
)
_FAILED = N_("{name} could not be converted. Open it in Word or WPS, save it as .docx (tables: .xlsx) and try again.")
_PROGRAMS = ("soffice", "libreoffice")
_SIZE_AT_MOST = 200_000_000
_CPU_SECONDS = 120
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""
#: An address nobody answers: what a document names in the network is not fetched.
_NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), "http://127.0.0.1:9")

_log = logging.getLogger("juanzong.files")


@dataclass(frozen=True)
class Older:
    """A file of an older kind: its name, its content, and the endings it has and shall have, without points."""

    name: str
    data: bytes
    ending: str
    target: str


def converted(older: Older, wall_seconds: float = 90) -> bytes:
    """Give the file as a package. Raises Invalid when LibreOffice is missing, fails, or takes too long."""
    program = next((found for one in _PROGRAMS if (found := shutil.which(one))), None)
    if program is None:
        raise Invalid(_MISSING, name=older.name, packages=PACKAGES)
    with tempfile.TemporaryDirectory(prefix="juanzong-convert-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        settings = home / "profile" / "user"
        settings.mkdir(parents=True)
        (settings / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        source = home / f"table.{older.ending}"
        source.write_bytes(older.data)
        made = home / "made" / f"table.{older.target}"
        arguments = [
            *(program, f"-env:UserInstallation={(home / 'profile').as_uri()}", "--headless", "--nologo"),
            *("--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
            *("--convert-to", older.target, "--outdir", str(made.parent), str(source)),
        ]
        said = _run(arguments, home, wall_seconds)
        if not made.is_file():
            _log.warning("LibreOffice made nothing of %s: %s", older.name, said)
            raise Invalid(_FAILED, name=older.name)
        return made.read_bytes()


def _run(arguments: list[str], home: Path, wall_seconds: float) -> str:
    """Run the conversion in a group of its own, and end the whole group whatever happens; give what it said."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(home), **_NO_NETWORK}
    with (home / "said").open("w+b") as said:
        child = subprocess.Popen(  # noqa: S603 - the office program of this machine, on a file in our own folder
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=environment,
            start_new_session=True,
        )
        try:
            # Before it has started its own children, which inherit these.
            for limit, most in (
                (resource.RLIMIT_CPU, _CPU_SECONDS),
                (resource.RLIMIT_FSIZE, _SIZE_AT_MOST),
                (resource.RLIMIT_CORE, 0),
            ):
                resource.prlimit(child.pid, limit, (most, most))
            child.wait(timeout=wall_seconds)
        except ProcessLookupError:
            _log.debug("LibreOffice ended at once")
        except subprocess.TimeoutExpired:
            _log.warning("LibreOffice took longer than %s seconds", wall_seconds)
        finally:
            _end(child)
        said.seek(0)
        return said.read()[-2000:].decode(errors="replace")


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        _log.debug("nothing was left to end")
    child.wait()
