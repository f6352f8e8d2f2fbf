"""The hashing rules of the audit log and the check of what it gives out. One file, standard library, no network.

An auditor reads this file and runs it alone, on any machine with Python 3.9 or newer:

    python verify.py case.zip                       a bundle (.zip or folder), or events.jsonl
    python verify.py case.zip --key VKEY --witness VKEY --json
    python verify.py witness new NAME -o witness.key
    python verify.py witness cosign request.txt --key witness.key --seen seen.txt -o cosignature.txt

Exit status: 0 nothing false, 1 altered, 2 incomplete, 3 cannot be checked. Everything else imports the rules from
here, so what is written and what is checked cannot drift apart:

- event bodies are RFC 8785 canonical JSON in a narrow profile (ASCII keys, no floats, integers within 2^53-1, NFC);
- leaves, nodes, inclusion and consistency proofs are those of RFC 6962 §2.1;
- checkpoints, notes, cosignatures and proofs are the texts of c2sp.org: signed-note, tlog-checkpoint,
  tlog-cosignature (Ed25519), tlog-proof, and for a witness the request of tlog-witness;
- a bundle is a BagIt bag (RFC 8493); a packed one is a ZIP whose every byte follows from its contents.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import struct
import sys
import time
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

OK, ALTERED, INCOMPLETE, CANNOT_CHECK = 0, 1, 2, 3

# --- Events and chains ------------------------------------------------------------------------------------------------

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
    "leaf": "the log holds another entry at its place",
    "unlogged": "the entry was put in later: it has no place in the log",
    "gone": "an entry that stood in the log is no longer there",
    "root": "the entries up to here do not give the state of the log that was signed",
    "checkpoint": "the signature under this state of the log is wrong",
    "rolled_back": "the log ends here although more entries were signed: an old copy of the database was put back, or entries were cut off",
}
#: The same sentences for the report of this file; the catalogue of the system holds them too.
FINDINGS_ZH = {
    "not_json": "这条记录不是可读的记录",
    "not_canonical": "这条记录不是规范写法",
    "hash": "内容与它自己的散列值不符",
    "sequence": "记录序号不是下一个：中间少了记录，或者被插入了记录",
    "link": "这条记录接不上它的前一条",
    "columns": "检索用的栏目与记录内容不一致",
    "tail": "存证链比登记的末尾短或长：记录被截断，或者被追加",
    "state": "现存的流程状态不是最后一次记录的状态",
    "leaf": "总日志在它的位置上登记的是另一条记录",
    "unlogged": "这条记录是事后插入的：总日志里没有它的位置",
    "gone": "总日志中登记过的一条记录不见了",
    "root": "到此为止的记录算不出已签名的日志状态",
    "checkpoint": "这一日志状态下的签名不成立",
    "rolled_back": "日志到此为止，但此前签名过更多的记录：数据库被恢复成旧备份，或者末尾被截断",
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
        code = fault_of(entry, number, previous)
        if code is not None:
            return Finding(entry.chain, number, code)
        previous = entry.leaf_hash
    return None


def read_export(lines: Iterable[bytes]) -> Iterator[Entry]:
    """Read exported events, one canonical body a line; hashes are recomputed by the links, so none are needed."""
    for number, line in enumerate(lines, start=1):
        body = line.rstrip(b"\r\n")
        record = record_in(body)
        chain = str(record.get("chain", "?")) if record else "?"
        yield Entry(chain, number, body, leaf_hash(body))


def fault_of(entry: Entry, number: int, previous: str) -> str | None:
    """Give the code of what is wrong with an entry that should be the `number`-th, after the hash `previous`."""
    if leaf_hash(entry.body) != entry.leaf_hash:
        return "hash"
    record = record_in(entry.body)
    if record is None:
        return "not_json"
    if not _is_canonical(record, entry.body):
        return "not_canonical"
    if record.get("seq") != number or entry.seq != number or record.get("chain") != entry.chain:
        return "sequence"
    if record.get("prev") != previous:
        return "link"
    return None


def record_in(body: bytes) -> dict[str, object] | None:
    """Parse one event body; None when it is no JSON object."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_canonical(record: object, body: bytes) -> bool:
    try:
        return canonical(record) == body
    except (ValueError, RecursionError):
        return False


def _check_profile(value: object) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                message = f"key {key!r} is not ASCII text"
                raise ValueError(message)
            _check_profile(item)
    elif isinstance(value, (list, tuple)):
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


# --- The Merkle tree: RFC 6962 §2.1, checking algorithms of RFC 9162 §2.1.3 and §2.1.4 --------------------------------

#: Bytes of a hash or key, of a signature, of a key id, of a time; parts of a line that has three.
_HASH, _SIGNATURE, _ID, _TIME, _FIELDS = 32, 64, 4, 8, 3
EMPTY_ROOT = hashlib.sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def includes(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Say whether an inclusion proof shows `leaf` at `index` (from 0) in the tree of `size` leaves under `root`."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Say whether a consistency proof shows that the tree `new` (size, root) begins with the tree `old`."""
    (first, first_root), (second, second_root) = old, new
    if first in (0, second):
        return not path and (first < second or first_root == second_root) and (first > 0 or first_root == EMPTY_ROOT)
    if first > second or not path:
        return False
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, first_root)
    return _both_roots(first - 1, second - 1, hashes) == (first_root, second_root)


def _both_roots(here: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return (old, new) if last == 0 else None


# --- Ed25519: RFC 8032 §5.1, plain and slow (milliseconds); not for machines where others can measure its time --------

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)


def ed25519_public(seed: bytes) -> bytes:
    """Give the public key (32 bytes) of a private one (32 bytes)."""
    return _packed(_times(_secret(seed)[0], _BASE))


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """Sign a message; 64 bytes."""
    scalar, prefix = _secret(seed)
    nonce = _digest(prefix, message)
    commitment, public = _packed(_times(nonce, _BASE)), ed25519_public(seed)
    answer = (nonce + _digest(commitment, public, message) * scalar) % _ORDER
    return commitment + answer.to_bytes(32, "little")


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature of 64 bytes is that of this key over this message."""
    if len(public) != _HASH or len(signature) != _SIGNATURE:
        return False
    key, commitment = _unpacked(public), _unpacked(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or answer >= _ORDER:
        return False
    expected = _sum(commitment, _times(_digest(signature[:32], public, message), key))
    return _packed(_times(answer, _BASE)) == _packed(expected)


def _secret(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def _digest(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % _ORDER


def _sum(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _sum(found, point)
        point, scalar = _sum(point, point), scalar >> 1
    return found


def _packed(point: tuple[int, int, int, int]) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpacked(text: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(text, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    x = _abscissa(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


def _abscissa(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return x if x & 1 == sign else _P - x


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = _abscissa(_BASE_Y, 0) or 0
_BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)

# --- Notes, checkpoints, cosignatures, proofs: the texts of c2sp.org --------------------------------------------------

LOG_KEY, WITNESS_KEY = 0x01, 0x04
_PROOF_HEAD = "c2sp.org/tlog-proof@v1"


class Unreadable(ValueError):  # noqa: N818 - named after the finding
    """A text is not what it should be."""


@dataclass(frozen=True)
class Key:
    """The public key of a log (kind 1) or of a witness (kind 4): name without blanks and plus signs, 32 bytes."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Give the four bytes signatures carry to name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID]

    @property
    def vkey(self) -> str:
        """Write the key as one line: name+id+key."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True)
class Note:
    """A signed text and its signature lines: key name, key id, signature."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass(frozen=True)
class Checkpoint:
    """What a log committed to: its name, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Proof:
    """The place of one entry in the tree of a checkpoint: index from 0, path from the leaf up, the note itself."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str


def read_key(vkey: str) -> Key:
    """Read a key from its line. Raises Unreadable."""
    parts = vkey.strip().split("+", 2)
    raw = _bytes(parts[2]) if len(parts) == _FIELDS else b""
    if len(raw) != 1 + _HASH or raw[0] not in (LOG_KEY, WITNESS_KEY) or not is_key_name(parts[0]):
        message = f"{vkey.strip()[:80]!r} is no key of a log or witness"
        raise Unreadable(message)
    key = Key(parts[0], raw[0], raw[1:])
    if key.id.hex() != parts[1]:
        message = f"the key of {key.name} does not carry its own id"
        raise Unreadable(message)
    return key


def is_key_name(name: str) -> bool:
    """Say whether a text can name a key: something, without blanks and plus signs."""
    return bool(name) and "+" not in name and name.isprintable() and " " not in name and "\u3000" not in name


def read_note(note: str) -> Note:
    """Take a note apart. Raises Unreadable."""
    text, blank, signatures = note.rpartition("\n\n")
    lines = signatures.splitlines()
    if not blank or not lines or not signatures.endswith("\n"):
        message = "this is no signed note"
        raise Unreadable(message)
    return Note(text + "\n", tuple(_signature_in(line) for line in lines))


def signature_line(key: Key, signature: bytes) -> str:
    """Write one signature line of a note, without its line end."""
    return f"\u2014 {key.name} {_base64(key.id + signature)}"


def is_signed(note: Note, key: Key) -> bool:
    """Say whether a log signed a note. False too when one of two lines of its name and id is wrong."""
    own = [signature for name, key_id, signature in note.signatures if (name, key_id) == (key.name, key.id)]
    return bool(own) and all(ed25519_verify(key.public, note.text.encode(), signature) for signature in own)


def cosigned_at(note: Note, key: Key) -> int | None:
    """Give when a witness cosigned a note, in seconds since 1970; None when it did not, or the signature is wrong."""
    times = [_cosignature_time(note.text, key, one) for name, key_id, one in note.signatures if (name, key_id) == (key.name, key.id)]
    return times[0] if times and None not in times else None


def cosignature(text: str, seed: bytes, key: Key, at: int) -> str:
    """Cosign the text of a checkpoint as a witness; the signature line."""
    return signature_line(key, struct.pack(">Q", at) + ed25519_sign(seed, _cosigned(text, at)))


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint. Raises Unreadable."""
    lines = text.split("\n")
    if len(lines) <= _FIELDS or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]*", lines[1], re.ASCII) or "" in lines[:-1]:
        message = "this is no checkpoint"
        raise Unreadable(message)
    root = _bytes(lines[2])
    if len(root) != _HASH:
        message = "the root of the checkpoint is not 32 bytes"
        raise Unreadable(message)
    return Checkpoint(lines[0], int(lines[1]), root)


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Write a checkpoint as the text that is signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_base64(checkpoint.root)}\n"


def read_proof(text: str) -> Proof:
    """Read a tlog-proof. Raises Unreadable."""
    head, _, rest = text.partition("\n")
    lines, blank, checkpoint = rest.partition("\n\n")
    facts = lines.split("\n")
    if facts and facts[0].startswith("extra "):
        facts = facts[1:]
    if head != _PROOF_HEAD or not blank or not facts or not re.fullmatch(r"index (0|[1-9][0-9]*)", facts[0], re.ASCII):
        message = "this is no proof of inclusion"
        raise Unreadable(message)
    return Proof(int(facts[0][6:]), tuple(_hash_in(line) for line in facts[1:]), checkpoint)


def proof_text(proof: Proof) -> str:
    """Write a tlog-proof."""
    return "\n".join([_PROOF_HEAD, f"index {proof.index}", *map(_base64, proof.path), "", proof.checkpoint])


def request_text(old: int, path: Sequence[bytes], checkpoint: str) -> str:
    """Write what a witness is asked to cosign: size it saw last, consistency proof, the new checkpoint."""
    return "\n".join([f"old {old}", *map(_base64, path), "", checkpoint])


def read_request(text: str) -> tuple[int, tuple[bytes, ...], str]:
    """Read such a request. Raises Unreadable."""
    lines, blank, checkpoint = text.partition("\n\n")
    facts = lines.split("\n")
    if not blank or not re.fullmatch(r"old (0|[1-9][0-9]*)", facts[0], re.ASCII):
        message = "this is no request to a witness"
        raise Unreadable(message)
    return int(facts[0][4:]), tuple(_hash_in(line) for line in facts[1:]), checkpoint


def _signature_in(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    raw = _bytes(parts[2]) if len(parts) == _FIELDS and parts[0] == "\u2014" else b""
    if len(raw) <= _ID or not is_key_name(parts[1]):
        message = "a signature line of the note cannot be read"
        raise Unreadable(message)
    return parts[1], raw[:_ID], raw[_ID:]


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _cosignature_time(text: str, key: Key, signature: bytes) -> int | None:
    if len(signature) != _TIME + _SIGNATURE:
        return None
    (at,) = struct.unpack(">Q", signature[:_TIME])
    return at if ed25519_verify(key.public, _cosigned(text, at), signature[_TIME:]) else None


def _hash_in(line: str) -> bytes:
    found = _bytes(line)
    if len(found) != _HASH:
        message = "a hash of the proof is not 32 bytes"
        raise Unreadable(message)
    return found


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Unreadable(str(problem)) from problem
    if _base64(found) != text:  # unused bits set: another text for the same bytes
        message = "this base64 is not written in its one form"
        raise Unreadable(message)
    return found


# --- The ZIP a bundle is packed in: nothing compressed, nothing dated, so that every byte can be told -----------------

_LOCAL, _CENTRAL, _END = "<4s5H3L2H", "<4s6H3L5H2L", "<4s4H2LH"
_UTF8, _DAY = 0x800, 0x21  # names are UTF-8; 1980-01-01
_ATTRIBUTES = 0o100644 << 16
MAX_ZIP_BYTES = 2**32 - 1


def zip_header(name: str, size: int, checksum: int) -> bytes:
    """Write what stands before a file in the ZIP."""
    raw = name.encode()
    return struct.pack(_LOCAL, b"PK\x03\x04", 20, _UTF8, 0, 0, _DAY, checksum, size, size, len(raw), 0) + raw


def zip_directory(files: Sequence[tuple[str, int, int, int]]) -> bytes:
    """Write what stands at the end of the ZIP: for every file its name, size, checksum (CRC-32) and place."""
    parts = []
    for name, size, checksum, place in files:
        raw = name.encode()
        head = (b"PK\x01\x02", 0x0314, 20, _UTF8, 0, 0, _DAY, checksum, size, size, len(raw), 0, 0, 0, 0, _ATTRIBUTES, place)
        parts.append(struct.pack(_CENTRAL, *head) + raw)
    directory = b"".join(parts)
    start = files[-1][3] + len(zip_header(files[-1][0], 0, 0)) + files[-1][1] if files else 0
    return directory + struct.pack(_END, b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), start, 0)


class Packed:
    """A packed bundle, read without trusting its directory: file after file from the front."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[str, tuple[int, int]] = {}
        with path.open("rb") as source:
            self.fault = self._read(source)

    def names(self) -> list[str]:
        """Give the names of the files."""
        return sorted(self.places)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give the content of a file, piece by piece."""
        start, size = self.places[name]
        with self.path.open("rb") as source:
            source.seek(start)
            while size > 0:
                piece = source.read(min(size, 1 << 20))
                if not piece:
                    return
                size -= len(piece)
                yield piece

    def _read(self, source: IO[bytes]) -> bool:
        """Read the places of all files; say whether a byte outside their contents is not as it was written."""
        files: list[tuple[str, int, int, int]] = []
        width = struct.calcsize(_LOCAL)
        while True:
            place = source.tell()
            head = source.read(width)
            if len(head) < width or head[:4] != b"PK\x03\x04":
                break
            (*_, checksum, size, _, length, _) = struct.unpack(_LOCAL, head)
            raw = source.read(length)
            name = raw.decode("utf-8", "replace")
            if head + raw != zip_header(name, size, checksum) or name in self.places:
                return True
            self.places[name] = (source.tell(), size)
            files.append((name, size, checksum, place))
            source.seek(size, os.SEEK_CUR)
        source.seek(place)
        rest = source.read(len(zip_directory(files)) + 1)
        return rest != zip_directory(files) or any(self._checksum(name) != checksum for name, _, checksum, _ in files)

    def _checksum(self, name: str) -> int:
        found = 0
        for piece in self.chunks(name):
            found = zlib.crc32(piece, found)
        return found


class Folder:
    """A bundle that was unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault = False

    def names(self) -> list[str]:
        """Give the names of the files."""
        return sorted(one.relative_to(self.path).as_posix() for one in self.path.rglob("*") if one.is_file())

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give the content of a file, piece by piece."""
        with (self.path / name).open("rb") as source:
            while piece := source.read(1 << 20):
                yield piece


# --- The check of a bundle --------------------------------------------------------------------------------------------

EVENTS, CHECKPOINT, LOG_KEYS, WITNESS_KEYS = "data/events.jsonl", "data/checkpoint.txt", "data/keys/log.txt", "data/keys/witnesses.txt"
FILES = "data/files/"
#: Keys of an event whose values are digests of files that belong to it.
_DIGESTS = ("sha256", "files", "signed")
_DIGEST = re.compile(r"[0-9a-f]{64}")

#: What each check says, in English and in Chinese: good, or what is wrong.
WORDS = {
    "packing": ("The package is as it was written.", "压缩包与导出时一致。"),
    "packing_changed": (
        "The package was changed, or packed anew by another program. Unpack it and check the folder.",
        "压缩包本身被改动过，或被其他软件重新打包。请解压后检查文件夹。",
    ),
    "bag": ("All {count} files are as listed.", "清单上的 {count} 个文件全部一致。"),
    "bag_broken": ("{name} cannot be read as part of a bundle.", "{name} 不是可读的证据包文件。"),
    "bag_changed": ("{name} was altered.", "{name} 被改动过。"),
    "bag_missing": ("{name} is missing.", "缺少 {name}。"),
    "bag_extra": ("{name} does not belong to the bundle.", "{name} 不属于这个证据包。"),
    "events": ("{count} events follow from one another without a gap.", "{count} 条记录首尾相接，没有缺漏。"),
    "events_false": ("Event {seq}: {reason}.", "第 {seq} 条记录：{reason}。"),
    "events_none": ("There is no event.", "没有任何记录。"),
    "proofs": (
        "All {count} events stand in the log, which had {size} entries.",
        "{count} 条记录都在总日志中（当时共 {size} 条）。",
    ),
    "proof_false": ("Event {seq} does not stand in the log as recorded.", "第 {seq} 条记录与总日志不符。"),
    "proof_missing": ("Event {seq} carries no proof that it stands in the log.", "第 {seq} 条记录没有总日志证明。"),
    "proof_order": ("Event {seq} stands in the log before the one it follows.", "第 {seq} 条记录在总日志中排在它的前一条之前。"),
    "checkpoint": ("The log signed this state. Fingerprint of its key: {print}.", "总日志已对这一状态签名。日志公钥指纹：{print}。"),
    "checkpoint_own_key": (
        "The log signed this state with the key in the bundle. Compare its fingerprint with the one you know: {print}.",
        "签名与包内附带的日志公钥相符。请把公钥指纹与您已知的比对：{print}。",
    ),
    "checkpoint_false": ("The signature of the log is wrong.", "总日志的签名不成立。"),
    "checkpoint_unsigned": ("None of the keys given signed this state of the log.", "所给的公钥都没有对这一状态签名。"),
    "witnesses": ("Cosigned by {count} witnesses, last at {at}.", "{count} 个见证方已会签，最近一次 {at}。"),
    "witnesses_none": ("No witness has cosigned this state yet.", "这一状态尚无见证方会签。"),
    "witness_false": ("The cosignature of {name} is wrong.", "{name} 的会签不成立。"),
    "files": ("All {count} files named in the events are enclosed.", "记录中提到的 {count} 个文件全部在包内。"),
    "file_missing": ("The file {name} of event {seq} is not enclosed.", "第 {seq} 条记录的文件 {name} 不在包内。"),
    "file_unnamed": ("No event names the file {name}.", "没有任何记录提到文件 {name}。"),
    "nothing_to_check": ("{name} is neither a bundle nor a list of events.", "{name} 既不是证据包，也不是记录清单。"),
}
TITLES = {
    "packing": ("Package", "压缩包"),
    "bag": ("Contents", "文件清单"),
    "events": ("Events", "存证链"),
    "proofs": ("Place in the log", "总日志证明"),
    "checkpoint": ("Signature of the log", "日志签名"),
    "witnesses": ("Witnesses", "见证会签"),
    "files": ("Files of the events", "附件"),
}


@dataclass(frozen=True)
class Check:
    """One check: what it is about, the code of its sentence, its status (OK, ALTERED, INCOMPLETE, CANNOT_CHECK)."""

    about: str
    code: str
    status: int
    params: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, *, chinese: bool) -> str:
        """Give what was found as a sentence."""
        params = dict(self.params)
        if self.code == "events_false":
            params["reason"] = (FINDINGS_ZH if chinese else FINDINGS)[str(params["reason"])]
        return WORDS[self.code][chinese].format(**params)


@dataclass(frozen=True)
class Report:
    """The checks that were made, in their order."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> int:
        """Give the worst: altered before incomplete before what cannot be checked."""
        found = {check.status for check in self.checks}
        return next((status for status in (ALTERED, INCOMPLETE, CANNOT_CHECK) if status in found), OK)

    def as_json(self, *, chinese: bool) -> dict[str, object]:
        """Give the report as plain data."""
        names = ("intact", "altered", "incomplete", "cannot_check")
        checks = [
            {"about": one.about, "code": one.code, "verdict": names[one.status], "sentence": one.sentence(chinese=chinese)}
            for one in self.checks
        ]
        return {"verdict": names[self.status], "exit_code": self.status, "checks": checks}


def verify_bundle(path: Path, keys: Sequence[Key] = (), witnesses: Sequence[Key] = ()) -> Report:
    """Check a bundle, packed or a folder. Without `keys` the log's key in the bundle is used, and the report says so."""
    bundle: Packed | Folder = Folder(path) if path.is_dir() else Packed(path)
    checks: list[Check] = []
    if isinstance(bundle, Packed):
        checks.append(Check("packing", "packing_changed", ALTERED) if bundle.fault else Check("packing", "packing", OK))
    bag = _check_bag(bundle)
    checks.append(bag)
    if EVENTS not in bundle.names():
        return Report(tuple(checks))
    lines = _content(bundle, EVENTS).splitlines()
    checks.append(_check_events(lines))
    checks.extend(_check_log(bundle, lines, keys, witnesses))
    checks.append(_check_files(bundle, lines))
    return Report(tuple(checks))


def _content(bundle: Packed | Folder, name: str) -> bytes:
    return b"".join(bundle.chunks(name))


def _text(bundle: Packed | Folder, name: str) -> str:
    return _content(bundle, name).decode("utf-8", "replace") if name in bundle.names() else ""


def _sha256(bundle: Packed | Folder, name: str) -> str:
    digest = hashlib.sha256()
    for piece in bundle.chunks(name):
        digest.update(piece)
    return digest.hexdigest()


def _check_bag(bundle: Packed | Folder) -> Check:
    present = set(bundle.names())
    listed: dict[str, str] = {}
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        if name not in present:
            return Check("bag", "bag_missing", INCOMPLETE, {"name": name})
        entries = _manifest(_text(bundle, name))
        if entries is None:
            return Check("bag", "bag_broken", ALTERED, {"name": name})
        listed.update(entries)
    for name, digest in sorted(listed.items()):
        if name in present and _sha256(bundle, name) != digest:
            return Check("bag", "bag_changed", ALTERED, {"name": name})
    extra = sorted(present - set(listed) - {"tagmanifest-sha256.txt"})
    if extra:
        return Check("bag", "bag_extra", ALTERED, {"name": extra[0]})
    gone = sorted(set(listed) - present)
    return Check("bag", "bag_missing", INCOMPLETE, {"name": gone[0]}) if gone else Check("bag", "bag", OK, {"count": len(listed)})


def _manifest(text: str) -> dict[str, str] | None:
    entries: dict[str, str] = {}
    for line in text.splitlines(keepends=True):
        found = re.fullmatch(r"([0-9a-f]{64})  (\S[^\r\n]*)\n", line)
        if found is None or found[2] in entries or ".." in found[2].split("/"):
            return None
        entries[found[2]] = found[1]
    return entries


def _check_events(lines: Sequence[bytes]) -> Check:
    finding = check_chain(read_export(lines))
    if finding is not None:
        return Check("events", "events_false", ALTERED, {"seq": finding.seq, "reason": finding.code})
    return Check("events", "events", OK, {"count": len(lines)}) if lines else Check("events", "events_none", INCOMPLETE)


def _check_log(bundle: Packed | Folder, lines: Sequence[bytes], keys: Sequence[Key], witnesses: Sequence[Key]) -> list[Check]:
    text = _text(bundle, CHECKPOINT)
    if not text:
        return [Check("checkpoint", "bag_missing", INCOMPLETE, {"name": CHECKPOINT})]
    try:
        note = read_note(text)
        checkpoint = read_checkpoint(note.text)
        enclosed = [read_key(line) for line in _text(bundle, LOG_KEYS).splitlines()]
        known = [*witnesses, *(read_key(line) for line in _text(bundle, WITNESS_KEYS).splitlines())]
    except Unreadable:
        return [Check("checkpoint", "bag_broken", ALTERED, {"name": CHECKPOINT})]
    return [
        _check_proofs(bundle, lines, checkpoint),
        _check_signature(note, checkpoint, keys, enclosed),
        _check_witnesses(note, known),
    ]


def _check_proofs(bundle: Packed | Folder, lines: Sequence[bytes], checkpoint: Checkpoint) -> Check:
    before, present = -1, set(bundle.names())
    for seq, body in enumerate(lines, start=1):
        name = f"data/proofs/{seq:06d}.tlog-proof"
        if name not in present:
            return Check("proofs", "proof_missing", INCOMPLETE, {"seq": seq})
        try:
            proof = read_proof(_text(bundle, name))
            same = read_checkpoint(read_note(proof.checkpoint).text) == checkpoint
        except Unreadable:
            return Check("proofs", "bag_broken", ALTERED, {"name": name})
        leaf = bytes.fromhex(leaf_hash(body))
        if not same or not includes(checkpoint.root, checkpoint.size, proof.index, leaf, proof.path):
            return Check("proofs", "proof_false", ALTERED, {"seq": seq})
        if proof.index <= before:
            return Check("proofs", "proof_order", ALTERED, {"seq": seq})
        before = proof.index
    return Check("proofs", "proofs", OK, {"count": len(lines), "size": checkpoint.size})


def _check_signature(note: Note, checkpoint: Checkpoint, keys: Sequence[Key], enclosed: Sequence[Key]) -> Check:
    own = [key for key in (keys or enclosed) if key.kind == LOG_KEY and key.name == checkpoint.origin]
    if any((name, key_id) == (key.name, key.id) for key in own for name, key_id, _ in note.signatures):
        signer = next((key for key in own if is_signed(note, key)), None)
        if signer is None:
            return Check("checkpoint", "checkpoint_false", ALTERED)
        return Check("checkpoint", "checkpoint" if keys else "checkpoint_own_key", OK, {"print": fingerprint(signer)})
    # A key given from outside that did not sign: another log, or a log whose key was put in its place.
    return Check("checkpoint", "checkpoint_unsigned", ALTERED if keys else INCOMPLETE)


def fingerprint(key: Key) -> str:
    """Give the fingerprint of a key: SHA-256 of its vkey, the first 32 digits in groups of four."""
    digest = hashlib.sha256(key.vkey.encode()).hexdigest()[:32]
    return " ".join(digest[place : place + 4] for place in range(0, 32, 4))


def _check_witnesses(note: Note, witnesses: Sequence[Key]) -> Check:
    times: dict[str, int] = {}
    for key in witnesses:
        if key.kind != WITNESS_KEY or not any((name, key_id) == (key.name, key.id) for name, key_id, _ in note.signatures):
            continue
        at = cosigned_at(note, key)
        if at is None:
            return Check("witnesses", "witness_false", ALTERED, {"name": key.name})
        times[key.name] = at
    if not times:
        return Check("witnesses", "witnesses_none", OK)
    last = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(max(times.values())))
    return Check("witnesses", "witnesses", OK, {"count": len(times), "at": last})


def _check_files(bundle: Packed | Folder, lines: Sequence[bytes]) -> Check:
    enclosed = {name[len(FILES) :].partition(".")[0]: name for name in bundle.names() if name.startswith(FILES)}
    wanted: dict[str, int] = {}
    for seq, body in enumerate(lines, start=1):
        for digest in digests_in(body):
            wanted.setdefault(digest, seq)
    for digest, name in sorted(enclosed.items()):
        if digest not in wanted:
            return Check("files", "file_unnamed", ALTERED, {"name": name})
        if _sha256(bundle, name) != digest:
            return Check("files", "bag_changed", ALTERED, {"name": name})
    for digest, seq in wanted.items():
        if digest not in enclosed:
            return Check("files", "file_missing", INCOMPLETE, {"name": digest, "seq": seq})
    return Check("files", "files", OK, {"count": len(wanted)})


def digests_in(body: bytes) -> list[str]:
    """Give the digests of files an event names: under `sha256`, `files`, `signed`; the digest of a text is none."""
    record = record_in(body)
    details = record.get("details") if record else None
    if not isinstance(details, dict) or "characters" in details:
        return []
    found: list[str] = []
    for key in _DIGESTS:
        value = details.get(key)
        found += [value] if isinstance(value, str) else [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return [one for one in found if _DIGEST.fullmatch(one)]


# --- A witness on a machine of its own --------------------------------------------------------------------------------


def new_witness(name: str) -> tuple[str, Key]:
    """Make the key of a witness: the line to keep secret, and the public key."""
    if not is_key_name(name):
        message = f"{name!r} cannot name a witness: no blanks and no plus sign"
        raise Unreadable(message)
    seed = os.urandom(32)
    return f"{name}+{_base64(seed)}\n", Key(name, WITNESS_KEY, ed25519_public(seed))


def cosign(request: str, secret: str, seen: str, log: Key | None, at: int) -> tuple[str, str]:
    """Cosign a request if it goes on from what was seen; the cosigned note, and the note to keep as seen.

    `seen` is the note kept from the last time, empty at first. `log` None: the key of the log is not checked.
    Raises Unreadable when the log contradicts what was seen: then the request and `seen` together are the proof.
    """
    name, _, seed = secret.strip().partition("+")
    key = Key(name, WITNESS_KEY, ed25519_public(_bytes(seed)))
    _, path, checkpoint = read_request(request)
    note = read_note(checkpoint)
    new = read_checkpoint(note.text)
    if log is not None and not is_signed(note, log):
        message = "the checkpoint is not signed by the log this witness watches"
        raise Unreadable(message)
    _must_go_on(seen, new, path)
    return f"{checkpoint}{cosignature(note.text, _bytes(seed), key, at)}\n", checkpoint


def _must_go_on(seen: str, new: Checkpoint, path: Sequence[bytes]) -> None:
    old = read_checkpoint(read_note(seen).text) if seen.strip() else Checkpoint(new.origin, 0, EMPTY_ROOT)
    if old.origin != new.origin:
        message = f"this witness watches {old.origin}, the request is of {new.origin}"
        raise Unreadable(message)
    if not is_consistent((old.size, old.root), (new.size, new.root), path):
        message = f"the log does not go on from the {old.size} entries this witness saw: history was changed. Keep both files"
        raise Unreadable(message)


# --- The command line -------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit status."""
    try:
        return _witness(arguments[1:]) if arguments[:1] == ["witness"] else _verify(_arguments().parse_args(arguments))
    except SystemExit as wrong_use:  # 2 would say: incomplete
        return CANNOT_CHECK if wrong_use.code else OK


def _verify(asked: argparse.Namespace) -> int:
    chinese = not asked.english
    try:
        keys, witnesses = _keys(asked.key), _keys(asked.witness)
        report = check_file(Path(asked.file), keys, witnesses)
    except (OSError, Unreadable) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - this is its output
        return CANNOT_CHECK
    if asked.json:
        print(json.dumps({"file": asked.file, **report.as_json(chinese=chinese)}, ensure_ascii=False, indent=2))  # noqa: T201 - as above
    else:
        _tell(report, chinese=chinese)
    return report.status


def check_file(path: Path, keys: Sequence[Key] = (), witnesses: Sequence[Key] = ()) -> Report:
    """Check a bundle, or a list of events alone. Raises OSError."""
    if path.is_dir():
        return verify_bundle(path, keys, witnesses)
    with path.open("rb") as source:
        head = source.read(4)
    if head[:2] == b"PK" or path.suffix == ".zip":
        return verify_bundle(path, keys, witnesses)
    if head[:1] == b"{":
        return Report((_check_events(path.read_bytes().splitlines()),))
    return Report((Check("bag", "nothing_to_check", CANNOT_CHECK, {"name": path.name}),))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify.py", description="0 intact, 1 altered, 2 incomplete, 3 cannot be checked")
    parser.add_argument("file", help="bundle (.zip or folder) or events.jsonl")
    parser.add_argument("--key", action="append", default=[], help="public key of the log you trust, or a file with it")
    parser.add_argument("--witness", action="append", default=[], help="public key of a witness, or a file with it")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--english", action="store_true", help="sentences in English")
    return parser


def _keys(given: Sequence[str]) -> list[Key]:
    lines: list[str] = []
    for one in given:
        lines += Path(one).read_text(encoding="utf-8").splitlines() if Path(one).is_file() else [one]
    return [read_key(line) for line in lines if line.strip()]


def _tell(report: Report, *, chinese: bool) -> None:
    heads = (("Intact", "Altered", "Incomplete", "Cannot be checked"), ("未发现改动", "已被改动", "不完整", "无法检查"))
    print(heads[chinese][report.status])  # noqa: T201 - this is its output
    for check in report.checks:
        sign = "✓✗–?"[check.status]
        print(f"{sign} {TITLES[check.about][chinese]}{'：' if chinese else ': '}{check.sentence(chinese=chinese)}")  # noqa: T201 - as above


def _witness(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify.py witness")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="make the key of a witness")
    new.add_argument("name")
    new.add_argument("-o", "--output", required=True, help="file for the secret key")
    sign = verbs.add_parser("cosign", help="cosign a request that goes on from what was seen")
    sign.add_argument("request")
    for name, text in (("--key", "file of the secret key"), ("--seen", "file this witness keeps the last checkpoint in")):
        sign.add_argument(name, required=True, help=text)
    sign.add_argument("--log", help="public key of the log, or a file with it")
    sign.add_argument("-o", "--output", required=True, help="file for the cosigned state")
    asked = parser.parse_args(arguments)
    try:
        return _new_witness(asked.name, Path(asked.output)) if asked.verb == "new" else _cosign(asked)
    except (OSError, Unreadable) as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - this is its output
        return ALTERED if isinstance(problem, Unreadable) else CANNOT_CHECK


def _new_witness(name: str, output: Path) -> int:
    secret, key = new_witness(name)
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)
    print(key.vkey)  # noqa: T201 - this is its output
    return OK


def _cosign(asked: argparse.Namespace) -> int:
    seen = Path(asked.seen)
    before = seen.read_text(encoding="utf-8") if seen.exists() else ""
    logs = _keys([asked.log]) if asked.log else []
    request, secret = Path(asked.request).read_text(encoding="utf-8"), Path(asked.key).read_text(encoding="utf-8")
    cosigned, note = cosign(request, secret, before, logs[0] if logs else None, int(time.time()))
    # What was seen is kept before the signature leaves: a witness that crashes here signs nothing it forgets.
    waiting = seen.with_name(seen.name + ".new")
    waiting.write_text(note, encoding="utf-8")
    waiting.replace(seen)
    Path(asked.output).write_text(cosigned, encoding="utf-8")
    return OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
