"""A bundle and the file that checks it: whatever is changed, taken out, put in or replaced is found and named."""

import ast
import hashlib
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import bundle, verify
from engine.bundle import Part, bytes_part, text_part
from engine.merkle import CompactRange, inclusion_path
from engine.verify import ALTERED, CANNOT_CHECK, INCOMPLETE, LOG_KEY, OK, WITNESS_KEY, Checkpoint, Key, Proof, canonical, leaf_hash

SEED, WITNESS_SEED = bytes(range(32)), bytes(range(32, 64))
LOG = Key("example.org/log", LOG_KEY, verify.ed25519_public(SEED))
WITNESS = Key("见证方", WITNESS_KEY, verify.ed25519_public(WITNESS_SEED))
FILE = "一张照片".encode()


def events() -> list[bytes]:
    """Write three events of one case, the second of which names a file."""
    bodies: list[bytes] = []
    previous = verify.GENESIS
    for seq, details in enumerate(({}, {"sha256": hashlib.sha256(FILE).hexdigest()}, {"characters": 4, "sha256": "0" * 64}), 1):
        record = {"v": 1, "chain": "case:一", "seq": seq, "prev": previous, "action": "x", "details": details, "state": None}
        bodies.append(canonical(record))
        previous = leaf_hash(bodies[-1])
    return bodies


def parts(bodies: list[bytes]) -> list[Part]:
    """Put the events among others into a log of 11 entries, sign it, have it cosigned, and gather everything."""
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(11)]
    places = [2, 5, 10]
    for place, body in zip(places, bodies, strict=False):
        leaves[place] = bytes.fromhex(leaf_hash(body))

    def read(start: int, end: int) -> bytes:
        edge = CompactRange()
        for one in leaves[start:end]:
            edge.append(one)
        return edge.root()

    text = verify.checkpoint_text(Checkpoint(LOG.name, 11, read(0, 11)))
    note = f"{text}\n{verify.signature_line(LOG, verify.ed25519_sign(SEED, text.encode()))}\n"
    note += f"{verify.cosignature(text, WITNESS_SEED, WITNESS, 1_770_000_000)}\n"
    proofs = [Proof(place, tuple(inclusion_path(read, 11, place)), note) for place in places[: len(bodies)]]
    return [
        bytes_part("events.jsonl", b"".join(body + b"\n" for body in bodies)),
        text_part("checkpoint.txt", note),
        text_part("keys/log.txt", f"{LOG.vkey}\n"),
        text_part("keys/witnesses.txt", f"{WITNESS.vkey}\n"),
        *(text_part(f"proofs/{seq:06d}.tlog-proof", verify.proof_text(one)) for seq, one in enumerate(proofs, 1)),
        bytes_part(f"files/{hashlib.sha256(FILE).hexdigest()}.jpg", FILE),
    ]


def bag(changed: Callable[[list[Part]], list[Part]] = list) -> list[Part]:
    """Make a bag; `changed` alters the payload before its digests are taken, as somebody who knows the format would."""
    return bundle.bag_of(changed(parts(events())), [text_part("说明.txt", "怎样检查\n")], [("External-Identifier", "一")])


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Give a packed bundle."""
    bundle.pack_to(bag(), tmp_path / "case.zip")
    return tmp_path / "case.zip"


def found(report: verify.Report) -> dict[str, str]:
    return {check.about: check.code for check in report.checks}


def test_a_bundle_is_intact_for_us_and_for_others(packed: Path, tmp_path: Path) -> None:
    report = verify.verify_bundle(packed, [LOG], [WITNESS])
    assert (report.status, found(report)) == (
        OK,
        {name: name for name in ("packing", "bag", "events", "proofs", "checkpoint", "witnesses", "files")},
    )
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "opened")
    assert bagit.Bag(str(tmp_path / "opened")).is_valid()
    assert verify.verify_bundle(tmp_path / "opened", [LOG]).status == OK
    bundle.unpack(bag(), tmp_path / "folder")
    assert bagit.Bag(str(tmp_path / "folder")).is_valid()


def test_without_a_key_of_ones_own_the_report_says_so(packed: Path) -> None:
    report = verify.verify_bundle(packed)
    assert report.status == OK
    assert found(report)["checkpoint"] == "checkpoint_own_key"
    assert verify.fingerprint(LOG) in report.checks[4].sentence(chinese=True)


def test_every_flipped_byte_of_the_package_is_found(packed: Path, tmp_path: Path) -> None:
    content = packed.read_bytes()
    place = tmp_path / "flipped.zip"
    silent = []
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1
        place.write_bytes(flipped)
        if not verify.Packed(place).fault:
            silent.append(position)
    assert silent == []


def test_every_flipped_byte_of_a_file_is_found(tmp_path: Path) -> None:
    """Unpacked, where nothing but the contents is left; one byte in five, every file."""
    bundle.unpack(bag(), tmp_path / "bag")
    silent = []
    for file in sorted(one for one in (tmp_path / "bag").rglob("*") if one.is_file()):
        content = file.read_bytes()
        for position in range(0, len(content), 5):
            flipped = bytearray(content)
            flipped[position] ^= 0x10
            file.write_bytes(flipped)
            if verify._check_bag(verify.Folder(tmp_path / "bag")).status == OK:
                silent.append((file.name, position))
        file.write_bytes(content)
    assert silent == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_done_to_the_bytes_is_called_intact(packed: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = packed.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    changed = data.draw(
        st.sampled_from([content[:place], content[:place] + content[place + 1 :], content + content[:place], content[:place] + b"\0" + content[place:]])
    )
    target = tmp_path / "changed.zip"
    target.write_bytes(changed)
    assert changed == content or verify.main([str(target)]) != OK


def replaced(name: str, content: bytes) -> Callable[[list[Part]], list[Part]]:
    return lambda made: [bytes_part(name, content) if one.name == name else one for one in made]


def without(name: str) -> Callable[[list[Part]], list[Part]]:
    return lambda made: [one for one in made if not one.name.startswith(name)]


def shorter(_made: list[Part]) -> list[Part]:
    return parts(events()[:2])


def other_log(made: list[Part]) -> list[Part]:
    """Sign everything anew with another key of the same name, and enclose that key."""
    seed = bytes(32)
    key = Key(LOG.name, LOG_KEY, verify.ed25519_public(seed))
    note = next(one for one in made if one.name == "checkpoint.txt").open()
    with note as source:
        text = verify.read_note(source.read().decode()).text
    signed = f"{text}\n{verify.signature_line(key, verify.ed25519_sign(seed, text.encode()))}\n"
    return replaced("keys/log.txt", f"{key.vkey}\n".encode())(replaced("checkpoint.txt", signed.encode())(made))


EVENTS = b"".join(body + b"\n" for body in events())


@pytest.mark.parametrize(
    ("change", "about", "code", "status"),
    [
        (replaced("events.jsonl", EVENTS.replace(b'"action":"x"', b'"action":"y"', 1)), "events", "events_false", ALTERED),
        (replaced("events.jsonl", EVENTS.splitlines(keepends=True)[0]), "files", "file_unnamed", ALTERED),
        (replaced("events.jsonl", b""), "events", "events_none", ALTERED),
        (without("proofs/000002"), "proofs", "proof_missing", INCOMPLETE),
        (replaced("proofs/000002.tlog-proof", b"nonsense"), "proofs", "bag_broken", ALTERED),
        (without("files/"), "files", "file_missing", INCOMPLETE),
        (lambda made: [*made, bytes_part("files/" + "1" * 64, b"other")], "files", "file_unnamed", ALTERED),
        (without("checkpoint.txt"), "checkpoint", "bag_missing", INCOMPLETE),
        (replaced("checkpoint.txt", b"nonsense\n"), "checkpoint", "bag_broken", ALTERED),
        (other_log, "checkpoint", "checkpoint_unsigned", ALTERED),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_somebody_who_knows_the_format_would_do(
    tmp_path: Path, change: Callable[[list[Part]], list[Part]], about: str, code: str, status: int
) -> None:
    bundle.pack_to(bag(change), tmp_path / "case.zip")
    report = verify.verify_bundle(tmp_path / "case.zip", [LOG])
    assert (found(report)[about], report.status) == (code, status)
    assert all(check.sentence(chinese=True) and check.sentence(chinese=False) for check in report.checks)


def test_a_wrong_cosignature_is_named(tmp_path: Path) -> None:
    stranger = Key(WITNESS.name, WITNESS_KEY, WITNESS.public)

    def forged(made: list[Part]) -> list[Part]:
        with next(one for one in made if one.name == "checkpoint.txt").open() as source:
            note = source.read().decode()
        text = verify.read_note(note).text
        wrong = verify.signature_line(stranger, struct.pack(">Q", 1) + bytes(64))
        kept = [line for line in note.splitlines() if not line.startswith(f"\u2014 {WITNESS.name} ")]
        return replaced("checkpoint.txt", ("\n".join([*kept, wrong]) + "\n").encode())(made) if text else made

    bundle.pack_to(bag(forged), tmp_path / "case.zip")
    report = verify.verify_bundle(tmp_path / "case.zip", [LOG])
    assert (found(report)["witnesses"], report.status) == ("witness_false", ALTERED)


def test_a_package_packed_anew_is_said_to_be_that(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(tmp_path / "again.zip", "w", zipfile.ZIP_DEFLATED) as again:
        for name in archive.namelist():
            again.writestr(name, archive.read(name))
    report = verify.verify_bundle(tmp_path / "again.zip")
    assert (report.status, found(report)["packing"]) == (ALTERED, "packing_changed")


def test_it_runs_alone_and_answers_in_both_languages(packed: Path, tmp_path: Path) -> None:
    alone = tmp_path / "verify.py"
    alone.write_bytes(Path(verify.__file__).read_bytes())

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([sys.executable, "-I", "-S", str(alone), *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)

    told = run(str(packed), "--key", LOG.vkey)
    assert (told.returncode, told.stderr, told.stdout.splitlines()[0]) == (0, "", "未发现改动")
    (tmp_path / "log.txt").write_text(f"{LOG.vkey}\n", encoding="utf-8")
    english = run(str(packed), "--key", "log.txt", "--english", "--json")
    assert json.loads(english.stdout)["verdict"] == "intact"
    (tmp_path / "note.txt").write_text("hello", encoding="utf-8")
    assert [run(*one).returncode for one in (["missing.zip"], ["note.txt"], [], ["--key", "x", str(packed)], ["witness"])] == [CANNOT_CHECK] * 5
    broken = bytearray(packed.read_bytes())
    broken[len(broken) // 2] ^= 1
    (tmp_path / "broken.zip").write_bytes(broken)
    answer = run("broken.zip", "--json")
    assert (answer.returncode, json.loads(answer.stdout)["verdict"]) == (ALTERED, "altered")


def test_it_needs_nothing_newer_than_python_3_9() -> None:
    source = Path(verify.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    assert "from __future__ import annotations" in source


def test_every_finding_has_its_chinese() -> None:
    assert set(verify.FINDINGS) == set(verify.FINDINGS_ZH)
    assert set(verify.TITLES) == {"packing", "bag", "events", "proofs", "checkpoint", "witnesses", "files"}
