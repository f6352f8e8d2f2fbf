"""The settings: environment variables `JUANZONG_*`, read once at start into one frozen object.

Secrets are files: their paths stand here, never their content. `.env.example` lists every name.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Everything the product writes lies below this folder unless a setting says otherwise.
DEFAULT_DATA_DIR = Path("var")


@dataclass(frozen=True)
class Settings:
    """What the processes are told at start. `database_url` None: the embedded server in `data_dir`.

    `vault_url` None: the files lie in `vault_dir`; `vault_key_file` None: credentials from the variables `AWS_*`.
    """

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
    vault_url: str | None = None
    vault_key_file: Path | None = None
    vault_check_gb: int = 20
    max_photo_mb: int = 50
    max_document_mb: int = 100
    max_video_mb: int = 2000
    upload_quota_gb: int = 20
    trusted_roots_dir: Path | None = None
    token_module: str = ""
    token_label: str = ""
    tsa_url: str = ""
    log_folder: Path | None = None

    @property
    def vault_dir(self) -> Path:
        """Where evidence and papers lie, by their digest; where they lie elsewhere, what is on its way there."""
        return self.data_dir / "vault"

    @property
    def authority_dir(self) -> Path:
        """Where the certificate authority lies."""
        return self.data_dir / "authority"

    @property
    def log_dir(self) -> Path:
        """Where the key of the log and its last signed state lie: best on another disk than the database."""
        return self.log_folder or self.data_dir / "log"

    @property
    def roots_dir(self) -> Path:
        """Where the root certificates of trusted outside authorities lie."""
        return self.trusted_roots_dir or self.data_dir / "trusted-roots"


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
        vault_url=environment.get("JUANZONG_VAULT_URL") or None,
        vault_key_file=_path(environment, "JUANZONG_VAULT_KEY_FILE"),
        vault_check_gb=_number(environment, "JUANZONG_VAULT_CHECK_GB", 20),
        max_photo_mb=_number(environment, "JUANZONG_MAX_PHOTO_MB", 50),
        max_document_mb=_number(environment, "JUANZONG_MAX_DOCUMENT_MB", 100),
        max_video_mb=_number(environment, "JUANZONG_MAX_VIDEO_MB", 2000),
        upload_quota_gb=_number(environment, "JUANZONG_UPLOAD_QUOTA_GB", 20),
        log_folder=_path(environment, "JUANZONG_LOG_DIR"),
        **_signing(environment),
    )


def _signing(environment: Mapping[str, str]) -> dict[str, Any]:
    url = environment.get("JUANZONG_TSA_URL") or ""
    if url and not url.startswith(("https://", "http://")):
        message = f"JUANZONG_TSA_URL must begin with https:// or http://, not {url!r}"
        raise BadSetting(message)
    return {
        "trusted_roots_dir": _path(environment, "JUANZONG_TRUSTED_ROOTS_DIR"),
        "token_module": environment.get("JUANZONG_PKCS11_MODULE") or "",
        "token_label": environment.get("JUANZONG_PKCS11_TOKEN") or "",
        "tsa_url": url,
    }


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name)
    return Path(text) if text else None


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal():
        message = f"{name} must be a whole number, not {text!r}"
        raise BadSetting(message)
    return int(text)
