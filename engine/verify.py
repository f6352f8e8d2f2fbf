"""The hashing rules of the audit log, and the check of an exported chain. Standard library only.

An auditor can read this file and run it alone: `python verify.py events.jsonl`. The rest of the engine
imports its rules, so what is written and what is checked cannot drift apart. Event bodies are RFC 8785
canonical JSON in a narrow profile (ASCII keys, no floats, integers within 2^53-1, NFC text); leaves are hashed
as in RFC 6962 §2.1: SHA-256 over 0x00 and the body.
"""

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

GENESIS = "0" * 64
MAX_BODY_BYTES = 65_535
_MAX_INTEGER = 2**53 - 1


@dataclass(frozen=True)
class Entry:
    """One event as stored: its place in the chain, its exact bytes, its recorded leaf hash."""

    chain: str
    seq: int
    body: bytes
    leaf_hash: str


@dataclass(frozen=True)
class Finding:
    """The first false entry of a chain. `code` is stable; `explain` says it in English."""

    chain: str
    seq: int
    code: str

    def explain(self) -> str:
        """Give the finding as a sentence."""
        return f"{self.chain}, entry {self.seq}: {FINDINGS[self.code]}"


FINDINGS = {
    "not_json": "the entry is not readable as a record",
    "not_canonical": "the entry is not written in canonical form",
    "hash": "the content does not match its own hash",
    "sequence": "the number of the entry is not the next one: an entry is missing or was put in",
    "link": "the entry does not follow from the one before it",
    "columns": "the searchable columns do not agree with the recorded content",
    "tail": "the chain is shorter or longer than its recorded end: entries were cut off or added",
    "state": "the stored state of the case is not the one last recorded",
}


def canonical(value: object) -> bytes:
    """Write `value` as canonical JSON (RFC 8785, narrow profile). Raises ValueError outside the profile."""
    _check_profile(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def leaf_hash(body: bytes) -> str:
    """Hash one event body as an RFC 6962 leaf; lower-case hexadecimal."""
    return hashlib.sha256(b"\x00" + body).hexdigest()


def check_chain(entries: Iterable[Entry]) -> Finding | None:
    """Check one chain in order; give the first false entry, or None when all is well."""
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        code = _fault(entry, number, previous)
        if code is not None:
            return Finding(entry.chain, number, code)
        previous = entry.leaf_hash
    return None


def read_export(lines: Iterable[bytes]) -> Iterator[Entry]:
    """Read exported events, one canonical body a line; hashes are recomputed by the links, so none are needed."""
    for number, line in enumerate(lines, start=1):
        body = line.rstrip(b"\r\n")
        record = _parsed(body)
        chain = str(record.get("chain", "?")) if record else "?"
        yield Entry(chain, number, body, leaf_hash(body))


def _fault(entry: Entry, number: int, previous: str) -> str | None:
    if leaf_hash(entry.body) != entry.leaf_hash:
        return "hash"
    record = _parsed(entry.body)
    if record is None:
        return "not_json"
    if not _is_canonical(record, entry.body):
        return "not_canonical"
    if record.get("seq") != number or entry.seq != number or record.get("chain") != entry.chain:
        return "sequence"
    if record.get("prev") != previous:
        return "link"
    return None


def _parsed(body: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(body)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _is_canonical(record: object, body: bytes) -> bool:
    try:
        return canonical(record) == body
    except ValueError:
        return False


def _check_profile(value: object) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                message = f"key {key!r} is not ASCII text"
                raise ValueError(message)
            _check_profile(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_profile(item)
    else:
        _check_scalar(value)


def _check_scalar(value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int) and abs(value) <= _MAX_INTEGER:
        return
    if isinstance(value, str) and unicodedata.is_normalized("NFC", value):
        return
    message = f"{value!r} cannot stand in a record"
    raise ValueError(message)


def main(arguments: list[str]) -> int:
    """Check the exported chain named on the command line. 0 intact, 1 altered, 3 unreadable."""
    try:
        lines = Path(arguments[0]).read_bytes().splitlines()
    except (IndexError, OSError) as problem:
        print(f"usage: verify.py EVENTS.jsonl ({problem})", file=sys.stderr)  # noqa: T201 - this is its output
        return 3
    finding = check_chain(read_export(lines))
    print(finding.explain() if finding else f"intact: {len(lines)} entries")  # noqa: T201 - this is its output
    return 1 if finding else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
