"""The vault keeps every byte under its digest, once, and never gives out a byte that is not the one handed in."""

import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import Broken
from workflows.evidence.vault import Stored, Unwritable, Vault

#: From the standard (FIPS 180-2, appendix B.1).
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def files_in(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.root.rglob("*") if path.is_file())


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_a_file_lies_under_the_digest_of_its_bytes(vault: Vault) -> None:
    assert vault.put(io.BytesIO(b"abc")) == Stored(ABC, 3)
    assert vault.contains(ABC)
    assert vault.read(ABC) == b"abc"
    with vault.open(ABC) as file:
        assert file.read() == b"abc"
    assert files_in(vault) == [vault.root / "ba" / "78" / ABC]


def test_a_large_stream_arrives_whole(vault: Vault) -> None:
    content = os.urandom(3_500_001)
    stored = vault.put(io.BytesIO(content))
    assert stored == Stored(hashlib.sha256(content).hexdigest(), 3_500_001)
    assert vault.read(stored.sha256) == content


def test_nobody_may_write_to_a_kept_file(vault: Vault) -> None:
    mode = vault.path(vault.put_bytes(b"abc").sha256).stat().st_mode
    assert mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH) == 0


def test_the_same_bytes_twice_are_one_file(vault: Vault) -> None:
    first = vault.put_bytes(b"abc")
    inode = vault.path(first.sha256).stat().st_ino
    assert vault.put_bytes(b"abc") == first
    assert vault.path(first.sha256).stat().st_ino == inode
    assert len(files_in(vault)) == 1


def test_eight_people_handing_in_the_same_bytes_at_once_get_one_whole_file(vault: Vault) -> None:
    content = os.urandom(2_000_000)
    start, results = threading.Barrier(8), []

    def put() -> None:
        start.wait()
        results.append(vault.put(io.BytesIO(content)))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Stored(hashlib.sha256(content).hexdigest(), 2_000_000)] * 8
    assert len(files_in(vault)) == 1
    assert vault.read(results[0].sha256) == content


@pytest.mark.parametrize("way", ["read", "open", "check"])
def test_one_flipped_bit_is_found_and_the_file_never_given_out(vault: Vault, way: str) -> None:
    stored = vault.put_bytes(os.urandom(100_000))
    damage(vault.path(stored.sha256))
    with pytest.raises(Broken, match=f"{stored.sha256}.*damaged"):
        getattr(vault, way)(stored.sha256)


@pytest.mark.parametrize("way", ["read", "open", "check"])
def test_a_missing_file_is_an_incident(vault: Vault, way: str) -> None:
    with pytest.raises(Broken, match=f"{ABC} is missing"):
        getattr(vault, way)(ABC)


def test_a_damaged_file_is_mended_by_handing_the_same_bytes_in_again(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    stored = vault.put_bytes(b"abc")
    damage(vault.path(stored.sha256))
    vault.put_bytes(b"abc")
    assert vault.read(stored.sha256) == b"abc"
    assert "damaged" in caplog.text


def test_an_upload_that_breaks_off_leaves_nothing(vault: Vault) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half of it"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError), vault.staged(pieces()):
        pytest.fail("a broken upload was offered for keeping")
    assert files_in(vault) == []


def test_what_is_not_kept_is_gone(vault: Vault) -> None:
    with vault.staged([b"abc"]) as staged:
        assert staged.path.read_bytes() == b"abc"
    assert files_in(vault) == []
    assert not vault.contains(ABC)


def test_a_process_killed_in_the_middle_leaves_no_half_file_and_the_sweep_clears_its_rest(vault: Vault) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom workflows.evidence.vault import Vault\n"
        "def pieces():\n    yield b'x' * 2_000_000\n    print('half', flush=True)\n    sys.stdin.read()\n"
        "with Vault(Path(sys.argv[1])).staged(pieces()): pass"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(vault.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdin.close()
    child.stdout.close()
    (rest,) = files_in(vault)
    assert rest.parent.name == "staging"
    written = rest.stat().st_mtime
    assert vault.sweep(older_than=written - 1) == 0
    assert vault.sweep(older_than=written + 1) == 1
    assert files_in(vault) == []


def test_a_sweep_of_an_empty_vault_finds_nothing(vault: Vault) -> None:
    assert vault.sweep(older_than=1e12) == 0


def test_a_full_disk_is_said_clearly(vault: Vault, tmp_path: Path) -> None:
    # A limit on the size of files is the disk-full of a single process; without its signal, writing fails.
    program = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom workflows.evidence.vault import Unwritable, Vault\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n    Vault(Path(sys.argv[1])).put_bytes(bytes(200_000))\nexcept Unwritable as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(vault.root)], capture_output=True, text=True, check=True)
    assert f"the vault at {vault.root} cannot take files: File too large." in done.stdout
    assert files_in(vault) == []


def test_a_vault_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file stands where the folder should be")
    with pytest.raises(Unwritable, match="cannot take files: Not a directory"):
        Vault(tmp_path / "vault").put_bytes(b"abc")


@pytest.mark.parametrize("name", ["../../etc/passwd", "", ABC.upper(), ABC + "0", ABC + "\n"])
def test_only_digests_are_addresses(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256 digest"):
        vault.read(name)
