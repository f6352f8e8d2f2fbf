"""The tree of RFC 6962: roots and paths against the text of the standard, written here a second time and plainly."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.merkle import CompactRange, consistency_path, inclusion_path, range_of
from engine.verify import EMPTY_ROOT, includes, is_consistent

#: The leaves and roots of the published test vectors of Certificate Transparency.
LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def mth(leaves: Sequence[bytes]) -> bytes:
    """Hash a list as RFC 6962 §2.1 says it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    edge = CompactRange()
    for data in LEAVES[:size]:
        edge.append(leaf(data))
    assert edge.root().hex() == ROOTS[size]


def test_published_paths() -> None:
    hashes = [leaf(data) for data in LEAVES]

    def read(start: int, end: int) -> bytes:
        return mth(hashes[start:end])

    assert [one.hex() for one in inclusion_path(read, 8, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in inclusion_path(read, 3, 2)] == ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]
    assert [one.hex() for one in consistency_path(read, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert consistency_path(read, 1, 1) == []


@given(st.integers(1, 70), st.data())
def test_every_path_convinces_and_no_other_does(size: int, data: st.DataObject) -> None:
    hashes = [leaf(bytes([number])) for number in range(size)]

    def read(start: int, end: int) -> bytes:
        return mth(hashes[start:end])

    root, index = mth(hashes), data.draw(st.integers(0, size - 1))
    path = inclusion_path(read, size, index)
    assert includes(root, size, index, hashes[index], path)
    assert not includes(root, size, index, leaf(b"other"), path)
    assert not includes(root, size, (index + 1) % size, hashes[index], path) or size == 1
    assert not includes(root, size, index, hashes[index], [*path, root])
    old = data.draw(st.integers(0, size))
    steps = consistency_path(read, old, size)
    assert is_consistent((old, mth(hashes[:old])), (size, root), steps)
    assert range_of(read, size).root() == root
    if 0 < old < size:
        assert not is_consistent((old, leaf(b"other")), (size, root), steps)
        assert not is_consistent((old, mth(hashes[:old])), (size, leaf(b"other")), steps)
        assert not is_consistent((old, mth(hashes[:old])), (size, root), steps[1:])


def test_a_tree_shrinks_for_nobody() -> None:
    assert not is_consistent((3, ROOTS_RAW[3]), (2, ROOTS_RAW[2]), [])
    assert not is_consistent((2, ROOTS_RAW[2]), (2, ROOTS_RAW[3]), [])
    assert is_consistent((0, EMPTY_ROOT), (2, ROOTS_RAW[2]), [])
    with pytest.raises(IndexError):
        consistency_path(lambda _start, _end: b"", 3, 2)
    with pytest.raises(IndexError):
        inclusion_path(lambda _start, _end: b"", 3, 3)


ROOTS_RAW = [bytes.fromhex(one) for one in ROOTS]
