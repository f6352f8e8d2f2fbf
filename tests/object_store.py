"""A real S3 server for the tests: SeaweedFS from its package, on ports of its own, its data gone afterwards."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

KEY, SECRET = "test-key", "secret of the tests"
BUCKET = "vault"
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc")
_PATIENCE = 60


@contextmanager
def object_store() -> Iterator[str]:
    """Run the server and give its endpoint; the bucket is there. It takes about three seconds to start."""
    with tempfile.TemporaryDirectory(prefix="jz-s3-") as folder:
        identity = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin", "Read", "Write", "List"]}
        config = Path(folder) / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        ports = free_ports(len(_PORTS))
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                [Path(sys.executable).parent / "weed", "server", *_options(Path(folder), config), *(f"-{name}={port}" for name, port in ports.items())],
                cwd=folder, stdout=log, stderr=log, env={**os.environ, "HOME": folder},
            )  # fmt: skip
            try:
                endpoint = f"http://127.0.0.1:{ports['s3.port']}"
                _wait(server, endpoint, Path(folder) / "log")
                yield endpoint
            finally:
                server.kill()  # asked to stop it takes half a minute
                server.wait()


def bucket(endpoint: str, prefix: str) -> Bucket:
    """Give a way to the bucket past the product."""
    return Bucket(
        BUCKET,
        prefix=prefix,
        endpoint=endpoint,
        region="us-east-1",
        access_key_id=KEY,
        secret_access_key=SECRET,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def free_ports(count: int) -> dict[str, int]:
    """Give ports nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return dict(zip(_PORTS, [one.getsockname()[1] for one in sockets], strict=True))


def _options(folder: Path, config: Path) -> list[str]:
    return [
        f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-master.volumeSizeLimitMB=64",
        "-volume.max=30", "-filer", "-s3", f"-s3.config={config}", "-s3.port.iceberg=0",
    ]  # fmt: skip


def _wait(server: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    deadline, store = time.monotonic() + _PATIENCE, bucket(endpoint, "first")
    while server.poll() is None and time.monotonic() < deadline:
        try:
            obstore.put(store, "word", b"there")
        except BaseError:
            time.sleep(0.1)  # it says nowhere that it is ready, so it is asked again
        else:
            return
    raise RuntimeError(log.read_text(errors="replace")[-3000:])


