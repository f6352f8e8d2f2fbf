"""What lies inside a dossier PDF: the table of contents, the recorded events, the signed approval sheets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf

from engine.verify import canonical
from workflows.dossier.pdf_places import MAX_STREAM_BYTES, unfolded

#: The two files every dossier carries besides its sheets.
MANIFEST, EVENTS = "dossier.json", "events.jsonl"
_MAX_ENCLOSURES = 2_000


@dataclass(frozen=True)
class Enclosures:
    """The enclosures by name; `manifest` None: there is none, or `dossier.json` is not what we write."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Mapping[str, Any] | None = None
    damaged: tuple[str, ...] = ()

    @property
    def sheets(self) -> list[dict[str, Any]]:
        """Give the sheets as the table of contents lists them."""
        listed = (self.manifest or {}).get("sheets")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def read_enclosures(data: bytes) -> Enclosures:
    """Take everything out that lies inside a PDF. Never raises: what cannot be taken out is named as damaged."""
    files: dict[str, bytes] = {}
    damaged = []
    room = MAX_STREAM_BYTES
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            for name, one in list(pdf.attachments.items())[:_MAX_ENCLOSURES]:
                try:
                    files[str(name)] = unfolded(one.get_file().obj, room)
                    room -= len(files[str(name)])
                except Exception:  # noqa: BLE001 - hostile bytes fail in every way there is, and failing is the finding
                    damaged.append(str(name))
    except Exception:  # noqa: BLE001 - as above
        return Enclosures(files, None, tuple(damaged))
    return Enclosures(files, _manifest(files.get(MANIFEST)), tuple(damaged))


def _manifest(body: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(body) if body is not None else None
        return found if isinstance(found, dict) and canonical(found) == body else None
    except (ValueError, RecursionError):
        return None
