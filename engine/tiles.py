"""The tree of the log in the database: full tiles as they were kept, the rest from the leaves behind them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.merkle import CompactRange, Read
from models.audit import AuditEvent
from models.transparency import AuditCheckpoint, AuditLeaf, AuditTile

WIDTH = 256
_HEIGHT = 8
_BYTES = 32


def reader(session: Session, size: int) -> Read:
    """Give what reads the complete subtrees of the first `size` leaves, each tile once."""

    @lru_cache(maxsize=1024)
    def tile(level: int, number: int) -> tuple[bytes, ...]:
        return tuple(tile_hashes(session, size, level, number))

    def read(start: int, end: int) -> bytes:
        height = (end - start).bit_length() - 1
        # A whole tile is one hash of the tile above.
        level, rest = divmod(height, _HEIGHT)
        step = WIDTH**level
        number, place = divmod(start // step, WIDTH)
        return hash_over(tile(level, number)[place : place + (1 << rest)])

    return read


def tile_hashes(session: Session, size: int, level: int, number: int) -> list[bytes]:
    """Give the hashes of one tile in the tree of the first `size` leaves; fewer than 256 at its right edge."""
    if number < size // WIDTH ** (level + 1):
        kept = session.scalars(select(AuditTile.hashes).where(AuditTile.level == level, AuditTile.number == number)).one()
        return [kept[place : place + _BYTES] for place in range(0, len(kept), _BYTES)]
    start, end = number * WIDTH, size // WIDTH**level
    return _leaves(session, start, end) if level == 0 else _roots(session, level - 1, start, end)


def new_tiles(session: Session, before: int, after: int) -> list[AuditTile]:
    """Make the tiles that became full when the tree grew from `before` to `after` leaves, lowest level first."""
    made: list[AuditTile] = []
    level = 0
    while after // WIDTH ** (level + 1):
        step = WIDTH ** (level + 1)
        for number in range(before // step, after // step):
            hashes = _below(session, level, number, made)
            made.append(AuditTile(level=level, number=number, hashes=b"".join(hashes), root=hash_over(hashes)))
        level += 1
    return made


def export(session: Session, folder: Path) -> tuple[int, int]:
    """Write the log as the static files of c2sp.org/tlog-tiles; its size and how many files were new.

    Full tiles never change and are not written twice; those at the right edge are, under their width.
    """
    newest = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)).first()
    if newest is None:
        return 0, 0
    size, written, level = newest.size, 0, 0
    while size // WIDTH**level:
        count = size // WIDTH**level
        for number in range(-(-count // WIDTH)):
            width = min(WIDTH, count - number * WIDTH)
            place = folder / "tile" / str(level) / _path(number, width)
            if not place.exists():
                written += _written(place, b"".join(tile_hashes(session, size, level, number)))
            entries = folder / "tile" / "entries" / _path(number, width)
            if level == 0 and not entries.exists():
                written += _written(entries, _entries(session, number * WIDTH, number * WIDTH + width))
        level += 1
    # Last: who reads the checkpoint finds everything it speaks of.
    return size, written + _written(folder / "checkpoint", newest.note.encode())


def _path(number: int, width: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


def _entries(session: Session, start: int, end: int) -> bytes:
    query = (
        select(AuditEvent.body)
        .join(AuditLeaf, AuditLeaf.event_id == AuditEvent.id)
        .where(AuditLeaf.leaf_index >= start, AuditLeaf.leaf_index < end)
        .order_by(AuditLeaf.leaf_index)
    )
    return b"".join(len(body).to_bytes(2, "big") + body for body in session.scalars(query))


def _written(place: Path, content: bytes) -> int:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_bytes(content)
    draft.replace(place)
    return 1


def hash_over(hashes: Sequence[bytes]) -> bytes:
    """Give the hash of the tree over hashes side by side."""
    edge = CompactRange()
    for one in hashes:
        edge.append(one)
    return edge.root()


def _below(session: Session, level: int, number: int, made: Sequence[AuditTile]) -> list[bytes]:
    """Give the 256 hashes a tile is made of: leaves, or the roots of the tiles below, kept or just made."""
    first = number * WIDTH
    if level == 0:
        return _leaves(session, first, first + WIDTH)
    fresh = {tile.number: tile.root for tile in made if tile.level == level - 1}
    kept = [(first + place, root) for place, root in enumerate(_roots(session, level - 1, first, min([first + WIDTH, *fresh])))]
    roots = dict(kept) | fresh
    return [roots[place] for place in range(first, first + WIDTH)]


def _leaves(session: Session, start: int, end: int) -> list[bytes]:
    query = select(AuditLeaf.leaf_hash).where(AuditLeaf.leaf_index >= start, AuditLeaf.leaf_index < end)
    return list(session.scalars(query.order_by(AuditLeaf.leaf_index)))


def _roots(session: Session, level: int, start: int, end: int) -> list[bytes]:
    query = select(AuditTile.root).where(AuditTile.level == level, AuditTile.number >= start, AuditTile.number < end)
    return list(session.scalars(query.order_by(AuditTile.number)))
