"""What verbs need from outside the database, handed down from the settings at start."""

from dataclasses import dataclass
from pathlib import Path

from workflows.evidence.vault import Vault


@dataclass(frozen=True)
class Facilities:
    """The vault of files, the certificate authority on disk and its passphrase, the name of the office.

    `check_bytes`: how much of the vault is read again in a night, in bytes.
    """

    vault: Vault
    authority_dir: Path
    passphrase: bytes
    organisation: str
    demo: bool
    check_bytes: int = 20_000_000_000
