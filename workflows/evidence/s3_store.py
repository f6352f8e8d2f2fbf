"""Files of a vault in any S3-compatible store, told by one URL: `s3://bucket/prefix?endpoint=https://…&region=…`.

Credentials stand in a file or in the variables `AWS_*`, never in the URL. Files are created, never overwritten:
small ones by one conditional request, large ones in parts under a name of their own and then copied to their
address on the same condition.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store as Bucket

from workflows.evidence.stores import Unreachable, Unwritable, address, make_folder, telling_why

if TYPE_CHECKING:
    from obstore.store import S3Config

#: Files up to so many bytes go in one request.
_AT_ONCE = 8 << 20
#: A large file lies in memory in so many pieces of so many bytes while it is sent.
_PIECE, _PIECES = 5 << 20, 2
_KNOWN = {"endpoint", "region"}
_ATTEMPTS, _PATIENCE = 3, timedelta(seconds=30)
Answer = TypeVar("Answer")


class BadAddress(ValueError):  # noqa: N818 - named after the finding
    """The URL of the store, or the file with its credentials, cannot be used; the message says why."""


@dataclass(frozen=True)
class S3Store:
    """A prefix in a bucket. `scratch` is a folder of this machine for copies that are being read."""

    bucket: Bucket
    name: str
    scratch: Path

    def size(self, sha256: str) -> int | None:
        """Give the size of a file, or None. Raises Unreachable."""
        try:
            return self._asked(lambda: obstore.head(self.bucket, address(sha256)))["size"]
        except FileNotFoundError:
            return None

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Give bytes of a file. Raises FileNotFoundError, Unreachable."""
        found = self._asked(lambda: obstore.get_range(self.bucket, address(sha256), start=start, length=length))
        return found.to_bytes()

    @contextmanager
    def fetched(self, sha256: str) -> Iterator[Path]:
        """Give a copy of a file, gone afterwards. Raises FileNotFoundError, Unreachable, Unwritable."""
        with telling_why(str(self.scratch)):
            make_folder(self.scratch)
        path = self.scratch / f"read-{uuid4().hex}"
        try:
            self._copy_to(path, sha256)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def add(self, path: Path, sha256: str) -> None:
        """Create a file; whoever comes second changes nothing. Raises Unwritable."""
        with suppress(AlreadyExistsError):
            if path.stat().st_size <= _AT_ONCE:
                self._told(lambda: obstore.put(self.bucket, address(sha256), path.read_bytes(), mode="create"))
            else:
                self._add_large(path, sha256)

    def replace(self, path: Path, sha256: str) -> None:
        """Put a file in place of a damaged one. Raises Unwritable."""
        self._send(path, address(sha256))

    def _add_large(self, path: Path, sha256: str) -> None:
        passing = f"staging/{uuid4().hex}"
        self._send(path, passing)
        try:
            self._told(lambda: obstore.copy(self.bucket, passing, address(sha256), overwrite=False))
        finally:
            self._told(lambda: obstore.delete(self.bucket, passing))

    def _send(self, path: Path, key: str) -> None:
        self._told(lambda: obstore.put(self.bucket, key, path, chunk_size=_PIECE, max_concurrency=_PIECES))

    def _copy_to(self, path: Path, sha256: str) -> None:
        found = self._asked(lambda: obstore.get(self.bucket, address(sha256)))
        pieces = iter(found.stream())
        with path.open("xb") as file:
            while (piece := self._asked(lambda: next(pieces, None))) is not None:
                with telling_why(str(self.scratch)):
                    file.write(piece)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except BaseError as error:
            message = f"the store {self.name} cannot be read: {_first_line(error)}"
            raise Unreachable(message) from error

    def _told(self, request: Callable[[], Answer]) -> Answer:
        try:
            return request()
        except AlreadyExistsError:
            raise
        except BaseError as error:
            message = f"the vault at {self.name} cannot take files: {_first_line(error)}"
            raise Unwritable(message) from error


def s3_store(url: str, key_file: Path | None, scratch: Path) -> S3Store:
    """Open the store a URL names. `key_file`: access key and secret, a line each; None: the variables `AWS_*`.

    Raises BadAddress. Nothing is sent yet.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname or parts.username:
        message = "the store must be s3://bucket/prefix?endpoint=https://…, without credentials"
        raise BadAddress(message)
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(options.keys() - _KNOWN):
        message = f"the store's URL knows endpoint and region, not {', '.join(unknown)}"
        raise BadAddress(message)
    settings: S3Config = {
        "bucket": parts.netloc,
        "region": options.get("region", "us-east-1"),
        "copy_if_not_exists": "multipart",
        "virtual_hosted_style_request": False,
    }
    if "endpoint" in options:
        settings["endpoint"] = options["endpoint"]
    if key_file is not None:
        settings["access_key_id"], settings["secret_access_key"] = _credentials(key_file)
    bucket = Bucket(
        prefix=parts.path.strip("/") or None,
        config=settings,
        client_options={"allow_http": options.get("endpoint", "").startswith("http://")},
        retry_config={"max_retries": _ATTEMPTS, "retry_timeout": _PATIENCE},
    )
    return S3Store(bucket, f"s3://{parts.netloc}{parts.path}", scratch)


def _credentials(file: Path) -> tuple[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").strip().splitlines()
    except OSError as error:
        message = f"the credentials of the store cannot be read from {file}: {error.strerror}"
        raise BadAddress(message) from error
    if len(lines) != 2:  # noqa: PLR2004 - a key and its secret
        message = f"{file} must hold the access key and its secret, a line each"
        raise BadAddress(message)
    return lines[0].strip(), lines[1].strip()


def _first_line(error: BaseError) -> str:
    return str(error).partition("\n")[0].strip()
