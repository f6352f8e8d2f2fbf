"""What verbs need from outside the database, handed down from the settings at start."""

from dataclasses import dataclass
from pathlib import Path

from engine.log_keys import LogFolder, open_log
from workflows.evidence.vault import Vault


@dataclass(frozen=True)
class Outside:
    """What the office uses of others when it signs.

    `roots_dir`: the folder of the root certificates (PEM) of outside authorities that are trusted; None: of none.
    `token_module`: path of the PKCS #11 library of signing devices, `token_label`: the only token people may use, empty
    for any. `tsa_url`: the time-stamp authority (RFC 3161) to ask; empty: the office's own.
    """

    roots_dir: Path | None = None
    token_module: str = ""
    token_label: str = ""
    tsa_url: str = ""


@dataclass(frozen=True)
class Facilities:
    """The vault of files, the certificate authority on disk and its passphrase, the name of the office.

    `check_bytes`: how much of the vault is read again in a night, in bytes. `log_dir`: where the key of the log and its
    last signed state lie, never in the database; None: beside the authority.
    """

    vault: Vault
    authority_dir: Path
    passphrase: bytes
    organisation: str
    demo: bool
    check_bytes: int = 20_000_000_000
    outside: Outside = Outside()
    log_dir: Path | None = None

    @property
    def log(self) -> LogFolder:
        """Open the folder of the log; made when it is not there. Raises Invalid when it is damaged."""
        return open_log(self.log_dir or self.authority_dir.parent / "log", self.passphrase)
