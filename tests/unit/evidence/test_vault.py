"""The vault keeps every byte under its digest, once, and never gives out a byte that is not the one handed in.

What holds of a vault holds in a folder of this machine and in an S3 store alike.
"""

import errno
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import obstore
import pytest
from object_store import BUCKET, KEY, SECRET, bucket, object_store
from samples import compound, film, package, photo, word

from workflows.evidence.s3_store import BadAddress, s3_store
from workflows.evidence.stores import LocalStore, address
from workflows.evidence.vault import BLOCK, Damaged, Stored, Unreachable, Unwritable, Vault

#: From the standard (FIPS 180-2, appendix B.1).
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
LARGE = 9 * BLOCK + 17


class Place(Protocol):
    """A vault and ways past it, to do harm and to look."""

    vault: Vault

    def files(self) -> list[str]:
        """Give the addresses of everything that lies there."""

    def write(self, sha256: str, content: bytes) -> None:
        """Change the bytes at an address."""

    def lose(self, sha256: str) -> None:
        """Take the file at an address away."""


@dataclass
class Folder:
    """A vault in a folder."""

    vault: Vault

    def files(self) -> list[str]:
        return [path.relative_to(self.vault.root).as_posix() for path in files_in(self.vault)]

    def write(self, sha256: str, content: bytes) -> None:
        path = self.vault.path(sha256)
        path.chmod(0o600)
        path.write_bytes(content)

    def lose(self, sha256: str) -> None:
        self.vault.path(sha256).unlink()


class Distant:
    """A vault in an S3 store, under a prefix of its own."""

    def __init__(self, endpoint: str, scratch: Path) -> None:
        prefix, keys = f"office/{uuid4().hex}", scratch / "keys"
        scratch.mkdir()
        keys.write_text(f"{KEY}\n{SECRET}\n")
        self.bucket = bucket(endpoint, prefix)
        url = f"s3://{BUCKET}/{prefix}?endpoint={endpoint}"
        self.vault = Vault(scratch / "vault", s3_store(url, keys, scratch / "vault" / "staging"))

    def files(self) -> list[str]:
        return sorted(one["path"] for page in obstore.list(self.bucket) for one in page)

    def write(self, sha256: str, content: bytes) -> None:
        obstore.put(self.bucket, address(sha256), content)

    def lose(self, sha256: str) -> None:
        obstore.delete(self.bucket, address(sha256))


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with object_store() as found:
        yield found


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(Vault(tmp_path / "vault"))
    return Distant(request.getfixturevalue("endpoint"), tmp_path / "s3")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def files_in(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.root.rglob("*") if path.is_file())


def damage(place: Place, sha256: str, at: int | None = None) -> None:
    content = bytearray(place.vault.read(sha256))
    content[len(content) // 2 if at is None else at] ^= 1
    place.write(sha256, bytes(content))


#: Every way to a file: each gives out what is there, checked.
def _opened(vault: Vault, sha256: str) -> bytes:
    with vault.open(sha256) as file:
        return file.read()


def _local(vault: Vault, sha256: str) -> bytes:
    with vault.local(sha256) as path:
        return path.read_bytes()


def _checked(vault: Vault, sha256: str) -> bytes:
    assert vault.check(sha256).sha256 == sha256
    return vault.read(sha256)


WAYS: dict[str, Callable[[Vault, str], bytes]] = {"read": Vault.read, "open": _opened, "local": _local, "check": _checked}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
KINDS = {
    "jpeg": photo(), "png": photo(kind="PNG"), "webp": photo(kind="WEBP"), "heic": photo(kind="HEIF"), "docx": word("报告"), "xlsx": package("xlsx"),
    "doc": compound("WordDocument"), "mp4": film(), "mov": film(b"qt  "), "pdf": b"%PDF-1.7\n%%EOF", "txt": "说明\r\n".encode("gb18030"), "empty": b"",
}  # fmt: skip


@ways
def test_a_file_lies_under_the_digest_of_its_bytes(place: Place, way: Callable[[Vault, str], bytes]) -> None:
    assert place.vault.put(io.BytesIO(b"abc")) == Stored(ABC, 3)
    assert place.vault.contains(ABC)
    assert way(place.vault, ABC) == b"abc"
    assert place.files() == [f"ba/78/{ABC}"]


@ways
@pytest.mark.parametrize("size", [BLOCK, BLOCK + 1, LARGE])
def test_a_large_stream_arrives_whole(place: Place, way: Callable[[Vault, str], bytes], size: int) -> None:
    content = os.urandom(size)
    stored = place.vault.put(io.BytesIO(content))
    assert stored == Stored(hashlib.sha256(content).hexdigest(), size)
    assert way(place.vault, stored.sha256) == content


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_packed_or_changed(place: Place, kind: str) -> None:
    stored = place.vault.put_bytes(KINDS[kind])
    assert place.vault.read(stored.sha256) == KINDS[kind]


def test_the_same_bytes_twice_are_one_file(place: Place) -> None:
    first = place.vault.put_bytes(b"abc")
    assert place.vault.put_bytes(b"abc") == first
    assert place.files() == [f"ba/78/{ABC}"]


@pytest.mark.parametrize("size", [2_000_000, LARGE])
def test_eight_people_handing_in_the_same_bytes_at_once_get_one_whole_file(place: Place, size: int) -> None:
    content = os.urandom(size)
    start, results = threading.Barrier(8), []

    def put() -> None:
        start.wait()
        results.append(place.vault.put(io.BytesIO(content)))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Stored(hashlib.sha256(content).hexdigest(), size)] * 8
    assert place.files() == [address(results[0].sha256)]
    assert place.vault.read(results[0].sha256) == content


@ways
@pytest.mark.parametrize("size", [100_000, LARGE])
def test_one_flipped_bit_is_found_and_the_file_never_given_out(place: Place, way: Callable[[Vault, str], bytes], size: int) -> None:
    stored = place.vault.put_bytes(os.urandom(size))
    damage(place, stored.sha256)
    with pytest.raises(Damaged, match=f"{stored.sha256} is damaged") as found:
        way(place.vault, stored.sha256)
    assert (found.value.sha256, found.value.finding) == (stored.sha256, "altered")


@ways
def test_a_file_that_is_cut_off_is_found(place: Place, way: Callable[[Vault, str], bytes]) -> None:
    stored = place.vault.put_bytes(os.urandom(100_000))
    place.write(stored.sha256, place.vault.read(stored.sha256)[:-1])
    with pytest.raises(Damaged):
        way(place.vault, stored.sha256)


@ways
def test_a_missing_file_is_an_incident(place: Place, way: Callable[[Vault, str], bytes]) -> None:
    with pytest.raises(Damaged, match=f"{ABC} is missing") as found:
        way(place.vault, ABC)
    assert found.value.finding == "missing"


@pytest.mark.parametrize("size", [3, LARGE])
def test_a_damaged_file_is_mended_by_handing_the_same_bytes_in_again(
    place: Place, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    content = os.urandom(size)
    stored = place.vault.put_bytes(content)
    damage(place, stored.sha256)
    place.vault.put_bytes(content)
    assert place.vault.read(stored.sha256) == content
    assert "damaged" in caplog.text


def test_a_large_file_is_read_from_anywhere_block_by_block(place: Place) -> None:
    content = os.urandom(LARGE)
    stored = place.vault.put_bytes(content)
    with place.vault.open_blocks(stored) as file:
        for start, length in ((0, 10), (BLOCK - 3, 7), (3 * BLOCK + 5, 2 * BLOCK), (LARGE - 4, 100), (LARGE + 5, 1)):
            file.seek(start)
            found = b""
            while len(found) < length and (piece := file.read(length - len(found))):
                found += piece
            assert found == content[start : start + length]
        assert file.seek(-17, io.SEEK_END) == LARGE - 17
        assert file.seek(1, io.SEEK_CUR) == file.tell() == LARGE - 16
        assert file.readall() == content[-16:]


def test_of_a_damaged_block_not_one_byte_is_given_out_and_the_others_are(place: Place) -> None:
    content = os.urandom(3 * BLOCK)
    stored = place.vault.put_bytes(content)
    damage(place, stored.sha256, at=2 * BLOCK - 1)
    with place.vault.open_blocks(stored) as file:
        assert file.read(BLOCK) == content[:BLOCK]
        with pytest.raises(Damaged):
            file.read(1)
        file.seek(2 * BLOCK)
        assert file.read(BLOCK) == content[2 * BLOCK :]


def test_the_digests_of_the_blocks_are_the_same_when_they_come_and_when_they_are_checked(place: Place) -> None:
    content = os.urandom(2 * BLOCK + 5)
    with place.vault.staged([content[:7], content[7 : BLOCK + 1], content[BLOCK + 1 :]]) as staged:
        kept = place.vault.keep(staged)
    assert kept.blocks == b"".join(hashlib.sha256(content[at : at + BLOCK]).digest() for at in range(0, len(content), BLOCK))
    assert place.vault.check(kept.sha256).blocks == kept.blocks


@pytest.mark.parametrize("harm", ["cut", "lost"])
def test_a_large_file_that_is_cut_off_or_lost_is_not_opened(place: Place, harm: str) -> None:
    stored = place.vault.put_bytes(os.urandom(2 * BLOCK))
    if harm == "cut":
        place.write(stored.sha256, place.vault.read(stored.sha256)[:BLOCK])
    else:
        place.lose(stored.sha256)
    with pytest.raises(Damaged) as found:
        place.vault.open_blocks(stored)
    assert found.value.finding == {"cut": "altered", "lost": "missing"}[harm]


def test_what_is_lost_while_it_is_read_breaks_off(place: Place) -> None:
    stored = place.vault.put_bytes(os.urandom(2 * BLOCK))
    with place.vault.open_blocks(stored) as file:
        file.read(BLOCK)
        place.lose(stored.sha256)
        with pytest.raises(Damaged, match="missing"):
            file.read(1)


def test_an_upload_that_breaks_off_leaves_nothing(place: Place) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half of it"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError), place.vault.staged(pieces()):
        pytest.fail("a broken upload was offered for keeping")
    assert place.files() == []
    assert files_in(place.vault) == []


def test_what_is_not_kept_is_gone(place: Place) -> None:
    with place.vault.staged([b"abc"]) as staged:
        assert staged.path.read_bytes() == b"abc"
    assert place.files() == []
    assert not place.vault.contains(ABC)


def test_nothing_is_left_on_this_machine_of_what_lies_elsewhere(endpoint: str, tmp_path: Path) -> None:
    place = Distant(endpoint, tmp_path / "s3")
    stored = place.vault.put_bytes(os.urandom(LARGE))
    for way in WAYS.values():
        way(place.vault, stored.sha256)
    assert files_in(place.vault) == []
    assert place.files() == [address(stored.sha256)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", ABC.upper(), ABC + "0", ABC + "\n"])
def test_only_digests_are_addresses(place: Place, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256 digest"):
        place.vault.read(name)


def test_nobody_may_write_to_a_kept_file(vault: Vault) -> None:
    mode = vault.path(vault.put_bytes(b"abc").sha256).stat().st_mode
    assert mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH) == 0


def test_a_file_that_is_there_is_not_touched_by_another(vault: Vault) -> None:
    first = vault.put_bytes(b"abc")
    inode = vault.path(first.sha256).stat().st_ino
    vault.put_bytes(b"abc")
    assert vault.path(first.sha256).stat().st_ino == inode


def test_a_folder_without_second_names_for_files_is_good_enough(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, _other: Path) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert vault.read(vault.put_bytes(b"abc").sha256) == b"abc"
    assert files_in(vault) == [vault.path(ABC)]


def test_a_full_disk_on_the_last_step_leaves_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, _other: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with pytest.raises(Unwritable, match="No space left"):
        vault.put_bytes(b"abc")
    assert files_in(vault) == []


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


def test_a_store_that_does_not_answer_says_nothing_about_its_files(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\n{SECRET}")
    from object_store import free_ports

    (port, *_) = free_ports(8).values()
    store = s3_store(f"s3://{BUCKET}/x?endpoint=http://127.0.0.1:{port}", keys, tmp_path)
    vault = Vault(tmp_path / "vault", store)
    with pytest.raises(Unreachable, match=f"s3://{BUCKET}/x cannot be read"):
        vault.read(ABC)
    with pytest.raises(Unreachable):
        vault.put_bytes(b"abc")
    assert files_in(vault) == []


def test_a_wrong_secret_is_said_clearly(endpoint: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\nwrong")
    vault = Vault(tmp_path / "vault", s3_store(f"s3://{BUCKET}/x?endpoint={endpoint}", keys, tmp_path))
    with pytest.raises(Unreachable, match=f"s3://{BUCKET}/x cannot be read"):
        vault.put_bytes(b"abc")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://example.org/bucket", "must be s3://bucket"),
        ("s3:///prefix", "must be s3://bucket"),
        ("s3://key:secret@bucket/prefix", "must be s3://bucket"),
        ("s3://bucket/prefix?endpiont=http://127.0.0.1:9", "not endpiont"),
    ],
)
def test_a_wrong_address_is_refused_with_the_right_one(url: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadAddress, match=sentence) as refused:
        s3_store(url, None, tmp_path)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("content", [None, "one line", "three\nlines\nhere"])
def test_credentials_that_are_none_are_refused_with_their_file(content: str | None, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    if content is not None:
        keys.write_text(content)
    with pytest.raises(BadAddress, match=str(keys)):
        s3_store("s3://bucket/prefix", keys, tmp_path)


def test_a_local_store_names_its_folder(tmp_path: Path) -> None:
    assert LocalStore(tmp_path).name == str(tmp_path)
