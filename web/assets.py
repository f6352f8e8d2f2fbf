"""The files browsers are given: their addresses, and the check that the vendored ones are what they claim.

Every file is served under an address that carries its digest, so a browser may keep it for ever. Vendored
files are listed in `VENDOR.json` beside them with package, version, licence and sha256; nothing else may lie
there.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
MANIFEST = "VENDOR.json"


@cache
def asset_url(path: str) -> str:
    """Give the address of a file below `web/static`, with the first 8 hex digits of its digest.

    Raises FileNotFoundError for a file that is not there: a template named it wrongly.
    """
    return f"/static/{path}?v={_digest(STATIC / path)[:8]}"


def vendor_faults(folder: Path = VENDOR) -> list[str]:
    """Compare a vendor folder with its manifest; each fault is one sentence, no fault an empty list."""
    packages = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["packages"]
    listed = {entry["path"]: entry["sha256"] for package in packages for entry in package["files"]}
    present = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.name != MANIFEST
    }
    strays, lost = sorted(present - set(listed)), sorted(set(listed) - present)
    faults = [f"{path} lies in the vendor folder but not in {MANIFEST}" for path in strays]
    faults += [f"{path} is listed in {MANIFEST} but missing" for path in lost]
    faults += [
        f"{path} has changed since it was vendored"
        for path in sorted(present & set(listed))
        if _digest(folder / path) != listed[path]
    ]
    faults += [
        f"{package['package']} comes without its licence text"
        for package in packages
        if package["licence_file"] not in present
    ]
    return faults


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
