"""`juanzong vault`: the files of the vault are read again from the command line, and damaged ones named."""

from pathlib import Path

import pytest
from cast import STREETS, Cast
from command import Juanzong

from workflows.evidence import drafts
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.vault import Vault
from workflows.lifecycle.words import Step


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Give the vault of the command's data folder."""
    return Vault(tmp_path / "data" / "vault")


@pytest.fixture
def kept(cast: Cast, vault: Vault) -> list[str]:
    """Hand two files in; give their digests."""
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    digests = []
    for content, name in ((b"one", "街口.jpg"), (b"two two", "巷子.jpg")):
        stored = vault.put_bytes(content)
        file = ExaminedFile("image/jpeg", "photo", width=640, height=480)
        with cast.work("qian") as unit:
            drafts.add(unit, item.id, drafts.NewEvidence(file, stored.sha256, stored.size, name, None, {}))
        digests.append(stored.sha256)
    return digests


def test_a_sound_vault_is_said_to_be_sound(in_database: Juanzong, kept: list[str]) -> None:
    answer = in_database("vault", "check", "--json")
    assert (answer.status, answer.json()) == (0, {"files": len(kept), "bytes": 10, "mended": [], "damaged": []})
    assert in_database("vault", "check").out == "2 files read (0 MB), 0 damaged\n"


def test_damaged_files_are_named_with_their_uses_until_they_are_mended(
    in_database: Juanzong, vault: Vault, kept: list[str]
) -> None:
    altered, missing = kept
    vault.path(altered).chmod(0o600)
    vault.path(altered).write_bytes(b"oneX")
    vault.path(missing).unlink()
    answer = in_database("vault", "check", "--all", "--json")
    assert answer.status == 1
    told = {one["sha256"]: (one["damage"], one["uses"]) for one in answer.json()["damaged"]}
    assert told == {
        altered: ("altered", [{"case": STREETS, "file": "街口.jpg"}]),
        missing: ("missing", [{"case": STREETS, "file": "巷子.jpg"}]),
    }
    words = in_database("vault", "check", "--all")
    assert words.status == 1
    assert f"{altered}  damaged  {STREETS} 街口.jpg" in words.out
    assert f"{missing}  missing  {STREETS} 巷子.jpg" in words.out
    vault.put_bytes(b"one")
    vault.put_bytes(b"two two")
    mended = in_database("vault", "check", "--all")
    assert mended.status == 0
    assert f"{altered}  mended" in mended.out
    assert in_database("audit", "verify").status == 0


def test_a_store_that_does_not_answer_is_said(
    in_database: Juanzong, kept: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from object_store import free_ports

    (port, *_) = free_ports(8).values()
    keys = tmp_path / "keys"
    keys.write_text("key\nsecret\n")
    monkeypatch.setenv("JUANZONG_VAULT_URL", f"s3://bucket/prefix?endpoint=http://127.0.0.1:{port}")
    monkeypatch.setenv("JUANZONG_VAULT_KEY_FILE", str(keys))
    answer = in_database("vault", "check")
    assert answer.status == 2
    assert "The files cannot be read: the store s3://bucket/prefix cannot be read" in answer.err


def test_a_wrong_address_of_the_store_is_said(in_database: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_VAULT_URL", "https://example.org/bucket")
    answer = in_database("vault", "check")
    assert answer.status == 2
    assert answer.err.startswith("JUANZONG_VAULT_URL cannot be used: the store must be s3://bucket/prefix")


