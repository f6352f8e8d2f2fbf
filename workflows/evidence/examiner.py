"""The child process of intake: `python -m workflows.evidence.examiner LIMITS PATH ENDING`, its answer as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from engine.errors import Invalid
from workflows.evidence import films, office, pdfs, photos, recognition, texts
from workflows.evidence.confined import child
from workflows.evidence.formats import Format, agreed
from workflows.evidence.intake import ExaminedFile

_READERS: dict[str, Callable[[Path, Format], ExaminedFile]] = {
    "photo": photos.examine,
    "pdf": pdfs.examine,
    "video": films.examine,
    "document": office.examine,
    "table": office.examine,
    "text": texts.examine,
}


def examined(path: Path, ending: str) -> ExaminedFile:
    """Say what a file is. Raises Invalid, its `name` still open, with the reason it is refused."""
    found = agreed(recognition.recognise(path), ending)
    reader = texts.examine if found.media_type.startswith("text/") else _READERS[found.kind]
    return reader(path, found)


def main(arguments: Sequence[str]) -> bytes:
    """Give the answer for the parent: `{"file": …}` or `{"refused": msgid, "params": …}`."""
    path, ending = arguments
    try:
        file = examined(Path(path), ending)
    except Invalid as refusal:
        return json.dumps({"refused": refusal.message, "params": refusal.params}).encode()
    values = asdict(file)
    values["taken_at"] = file.taken_at.isoformat() if file.taken_at else None
    return json.dumps({"file": values}).encode()


if __name__ == "__main__":
    child(main)
