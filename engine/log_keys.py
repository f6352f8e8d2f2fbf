"""The folder of the log outside the database: its key, the last state it signed, the states a restart must go on from.

`key.pem` is the Ed25519 key, encrypted under the passphrase of the authority, mode 0600; `keys.txt` holds the public
key (vkey) anybody may have; `checkpoint` is the last note that was signed. A database put back to an older state
does not put this folder back: that is how it is found out.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from engine.catalogue import N_
from engine.errors import Invalid
from engine.verify import (
    EMPTY_ROOT,
    LOG_KEY,
    Checkpoint,
    Key,
    Unreadable,
    checkpoint_text,
    is_signed,
    read_checkpoint,
    read_key,
    read_note,
    signature_line,
)

_KEY, _PUBLIC, _LAST = "key.pem", "keys.txt", "checkpoint"


@dataclass(frozen=True)
class LogFolder:
    """The log as it lies on disk: where, its public key, the passphrase of its key."""

    directory: Path
    key: Key
    passphrase: bytes

    def sign(self, checkpoint: Checkpoint) -> str:
        """Sign a state of the log; the note. Raises Invalid when the key cannot be unlocked."""
        text = checkpoint_text(checkpoint)
        private = _unlocked((self.directory / _KEY).read_bytes(), self.passphrase)
        return f"{text}\n{signature_line(self.key, private.sign(text.encode()))}\n"

    def last(self) -> Checkpoint:
        """Give the last state that was signed, as this folder remembers it. Raises Invalid when it cannot be relied on."""
        try:
            note = read_note((self.directory / _LAST).read_text(encoding="utf-8"))
            checkpoint = read_checkpoint(note.text)
        except (FileNotFoundError, Unreadable, UnicodeDecodeError) as problem:
            raise _damaged(self.directory / _LAST) from problem
        if checkpoint.origin != self.key.name or not is_signed(note, self.key):
            raise _damaged(self.directory / _LAST)
        return checkpoint

    def remember(self, note: str) -> None:
        """Keep a note as the last one, whole or not at all."""
        _write_whole(self.directory / _LAST, note.encode(), 0o644)


def open_log(directory: Path, passphrase: bytes) -> LogFolder:
    """Open the folder of the log; make its key when it is not there. Raises Invalid when a file is damaged."""
    if not (directory / _PUBLIC).exists():
        _make(directory, passphrase)
    try:
        lines = (directory / _PUBLIC).read_text(encoding="utf-8").splitlines()
        return LogFolder(directory, read_key(lines[0] if lines else ""), passphrase)
    except (Unreadable, UnicodeDecodeError) as problem:
        raise _damaged(directory / _PUBLIC) from problem


def _make(directory: Path, passphrase: bytes) -> None:
    """Make the three files, each whole or not at all; of two processes that start at once the first one's key counts."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    _write_once(directory / _KEY, pem, 0o600)
    public = _unlocked((directory / _KEY).read_bytes(), passphrase).public_key().public_bytes_raw()
    key = Key(f"juanzong.invalid/{hashlib.sha256(public).hexdigest()[:16]}", LOG_KEY, public)
    # The empty log is signed first: where there is a key there is a state to go on from.
    _write_once(directory / _LAST, LogFolder(directory, key, passphrase).sign(Checkpoint(key.name, 0, EMPTY_ROOT)).encode(), 0o644)
    _write_once(directory / _PUBLIC, f"{key.vkey}\n".encode(), 0o644)


def _write_once(place: Path, content: bytes, mode: int) -> None:
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    _write_whole(draft, content, mode)
    try:
        os.link(draft, place)
    except FileExistsError:
        return
    finally:
        draft.unlink()


@lru_cache(maxsize=4)
def _unlocked(pem: bytes, passphrase: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, passphrase)
    except ValueError as problem:
        raise Invalid(N_("The key of the log cannot be unlocked: the passphrase does not fit, or the file is damaged.")) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(N_("The key of the log cannot be unlocked: the passphrase does not fit, or the file is damaged."))
    return key


def _write_whole(place: Path, content: bytes, mode: int) -> None:
    draft = place.with_name(f"{place.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _damaged(place: Path) -> Invalid:
    return Invalid(N_("{place} is damaged. Put it back from a copy; until then the log is not continued."), place=str(place))
