"""What verbs need from outside the database, handed down from the settings at start."""

from dataclasses import dataclass
from pathlib import Path

from workflows.evidence.vault import Vault


@dataclass(frozen=True)
class Facilities:
    """The vault of files, the certificate authority on disk and its passphrase, the name of the office."""

    vault: Vault
    authority_dir: Path
    passphrase: bytes
    organisation: str
    demo: bool
