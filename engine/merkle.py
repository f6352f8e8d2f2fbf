"""Merkle trees of RFC 6962 §2.1: the root over a growing list of leaves, inclusion paths, consistency paths.

A tree is known by its complete subtrees: `read(start, end)` gives the hash over the leaves start…end-1 where
their number is a power of two and `start` a multiple of it. What lies between is computed.
"""

from collections.abc import Callable, Sequence

from engine.verify import EMPTY_ROOT, node_hash

Read = Callable[[int, int], bytes]


class CompactRange:
    """The right edge of a tree that only grows: one hash for every complete subtree, the largest first."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.size += 1
        found, subtrees = leaf, self.size
        while subtrees & 1 == 0:
            found, subtrees = node_hash(self._hashes.pop(), found), subtrees >> 1
        self._hashes.append(found)

    def root(self) -> bytes:
        """Give the root; that of the empty tree is the hash of nothing."""
        if not self._hashes:
            return EMPTY_ROOT
        *larger, found = self._hashes
        for left in reversed(larger):
            found = node_hash(left, found)
        return found


def subtrees_of(size: int) -> list[tuple[int, int]]:
    """Give the complete subtrees a tree of `size` leaves consists of, as (start, end), the largest first."""
    found, start = [], 0
    for place in range(size.bit_length() - 1, -1, -1):
        width = 1 << place
        if size & width:
            found.append((start, start + width))
            start += width
    return found


def range_of(read: Read, size: int) -> CompactRange:
    """Give the right edge of a tree that is already there."""
    return CompactRange(size, [read(start, end) for start, end in subtrees_of(size)])


def inclusion_path(read: Read, size: int, index: int) -> list[bytes]:
    """Give the path from the leaf at `index` (from 0) to the root of the first `size` leaves. Raises IndexError."""
    if not 0 <= index < size:
        message = f"a tree of {size} leaves has none at {index}"
        raise IndexError(message)
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_hash(read, middle, end))
            end = middle
        else:
            path.append(_hash(read, start, middle))
            start = middle
    return path[::-1]


def consistency_path(read: Read, old: int, new: int) -> list[bytes]:
    """Give the path that shows the first `new` leaves to begin with the first `old`. Raises IndexError when old > new."""
    if not 0 <= old <= new:
        message = f"a tree of {new} leaves does not begin with one of {old}"
        raise IndexError(message)
    if old in (0, new):
        return []
    start, end, path, whole = 0, new, [], True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_hash(read, middle, end))
            end = middle
        else:
            path.append(_hash(read, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_hash(read, start, end))
    return path[::-1]


def _split(width: int) -> int:
    """Give the largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _hash(read: Read, start: int, end: int) -> bytes:
    width = end - start
    if width & (width - 1) == 0:
        return read(start, end)
    middle = start + _split(width)
    return node_hash(_hash(read, start, middle), _hash(read, middle, end))
