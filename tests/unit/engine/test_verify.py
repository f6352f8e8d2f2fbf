"""The chain rules: what was written is found intact, and any change of it is found and named."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.verify import GENESIS, Entry, canonical, check_chain, leaf_hash, main


def chain(count: int) -> list[Entry]:
    """Build a chain of `count` events the way the standard says, without the code under test."""
    entries, previous = [], GENESIS
    for seq in range(1, count + 1):
        record = {"chain": "case:1", "prev": previous, "seq": seq, "words": f"第 {seq} 条"}
        body = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        previous = hashlib.sha256(b"\x00" + body).hexdigest()
        entries.append(Entry("case:1", seq, body, previous))
    return entries


def test_it_works() -> None:
    assert check_chain(chain(5)) is None


def test_leaf_hash_of_the_empty_entry_is_the_published_one() -> None:
    # RFC 6962 §2.1: the hash of an empty leaf is SHA-256 of the single byte 0x00.
    assert leaf_hash(b"") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("position", range(5))
def test_a_missing_entry_is_named(position: int) -> None:
    entries = chain(6)
    del entries[position]
    finding = check_chain(entries)
    assert finding is not None
    assert (finding.seq, finding.code) == (position + 1, "sequence")


def test_swapped_entries_are_found() -> None:
    entries = chain(4)
    entries[1], entries[2] = entries[2], entries[1]
    finding = check_chain(entries)
    assert finding is not None
    assert finding.seq == 2


def test_a_rewritten_entry_with_its_own_right_hash_breaks_the_next_link() -> None:
    entries = chain(4)
    body = entries[1].body.replace("第 2 条".encode(), "第 9 条".encode())
    entries[1] = Entry("case:1", 2, body, leaf_hash(body))
    finding = check_chain(entries)
    assert finding is not None
    assert (finding.seq, finding.code) == (3, "link")


@given(st.integers(0, 3), st.data())
def test_any_flipped_bit_is_found(index: int, data: st.DataObject) -> None:
    entries = chain(4)
    body = bytearray(entries[index].body)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 7))
    entries[index] = Entry("case:1", index + 1, bytes(body), entries[index].leaf_hash)
    finding = check_chain(entries)
    assert finding is not None
    assert (finding.seq, finding.code) == (index + 1, "hash")


def test_loose_spelling_is_not_canonical() -> None:
    body = b'{"seq": 1, "prev": "x", "chain": "case:1"}'
    finding = check_chain([Entry("case:1", 1, body, leaf_hash(body))])
    assert finding is not None
    assert finding.code == "not_canonical"


@pytest.mark.parametrize("value", [1.5, {"键": 1}, 2**53, "e\u0301", {1: 2}, object(), [float("nan")]])
def test_values_outside_the_profile_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        canonical(value)


def test_run_alone_on_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = tmp_path / "events.jsonl"
    export.write_bytes(b"".join(entry.body + b"\n" for entry in chain(3)))
    assert main([str(export)]) == 0
    assert "3" in capsys.readouterr().out
    export.write_bytes(export.read_bytes().replace("第 1 条".encode(), "第 7 条".encode()))
    assert main([str(export)]) == 1
    assert main([]) == 3
    assert main([str(tmp_path / "nothing")]) == 3
    capsys.readouterr()
