"""The settings: environment variables `JUANZONG_*`, read once at start into one frozen object.

Secrets are files: their paths stand here, never their content. `.env.example` lists every name.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Everything the product writes lies below this folder unless a setting says otherwise.
DEFAULT_DATA_DIR = Path("var")


@dataclass(frozen=True)
class Settings:
    """What the processes are told at start. `database_url` None: the embedded server in `data_dir`."""

    data_dir: Path
    database_url: str | None
    host: str
    port: int
    organisation: str
    secret_key_file: Path
    passphrase_file: Path
    max_upload_mb: int
    threads: int
    trusted_proxies: int
    demo: bool

    @property
    def vault_dir(self) -> Path:
        """Where evidence and papers lie, by their digest."""
        return self.data_dir / "vault"

    @property
    def authority_dir(self) -> Path:
        """Where the certificate authority lies."""
        return self.data_dir / "authority"


class BadSetting(ValueError):  # noqa: N818 - named after the finding
    """A setting cannot be used; the message names it and what it should be."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises BadSetting, naming the variable."""
    data_dir = Path(environment.get("JUANZONG_DATA_DIR") or DEFAULT_DATA_DIR)
    return Settings(
        data_dir=data_dir,
        database_url=environment.get("JUANZONG_DATABASE_URL") or None,
        host=environment.get("JUANZONG_HOST") or "127.0.0.1",
        port=_number(environment, "JUANZONG_PORT", 8000),
        organisation=environment.get("JUANZONG_ORGANISATION") or "创建文明城市办公室",
        secret_key_file=Path(environment.get("JUANZONG_SECRET_KEY_FILE") or data_dir / "secrets" / "session-key"),
        passphrase_file=Path(environment.get("JUANZONG_PASSPHRASE_FILE") or data_dir / "secrets" / "authority-passphrase"),
        max_upload_mb=_number(environment, "JUANZONG_MAX_UPLOAD_MB", 50),
        threads=_number(environment, "JUANZONG_THREADS", 16),
        trusted_proxies=_number(environment, "JUANZONG_TRUSTED_PROXIES", 0),
        demo=environment.get("JUANZONG_DEMO") == "1",
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal():
        message = f"{name} must be a whole number, not {text!r}"
        raise BadSetting(message)
    return int(text)
