"""Likeness (相似): photos that look alike, found among all photos ever handed in with one indexed query.

A photo is brought to 32 × 32 points; of its 63 lowest frequencies (a discrete cosine transform) the hash keeps the
signs. Size, compression and brightness hardly change them, and the signs of the same photo turned by a quarter or
mirrored follow from the hash alone: so eight hashes are looked for, and one is kept.

Two hashes that differ in at most `ALIKE` = 7 of 64 bits differ, in one of four bands of 16 bits at least, in at most
one bit (four bands with two each would be eight). So whoever looks up each band and each band with one bit turned
over finds all of them: nothing is missed (`tests/properties` compares it with looking at every photo).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from PIL import Image
from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text
from sqlalchemy.orm import Session

from models.photos import BANDS

#: Hashes that differ in so many bits at most are alike. The bands prove it for 7; more would need other bands.
ALIKE = 7
#: A photo may look like thousands of others (forms, empty walls); the nearest are kept.
NEAREST = 50

_SIDE, _KEPT, _BITS, _BAND_BITS = 32, 8, 64, 16
#: A frequency counts when it moves the points by more than so much (in grey levels times 16).
_WEIGHT = 8.0
#: A picture with fewer frequencies than these is a plain wall: it looks like every other plain wall.
_FREQUENCIES_AT_LEAST = 20


@dataclass(frozen=True)
class Near:
    """A photo that looks like another: its digest, in how many bits they differ, whether turned or mirrored."""

    sha256: str
    distance: int
    turned: bool


def _order() -> tuple[tuple[int, int], ...]:
    """Give where each bit comes from, low frequencies first and dealt out to the bands in turn; bit 0 stays empty."""
    places = sorted(((x, y) for x in range(_KEPT) for y in range(_KEPT) if x or y), key=lambda at: (sum(at), at))
    dealt = [place for band in range(BANDS) for place in places[band::BANDS]]
    return tuple(dealt)


_PLACES = _order()
_COSINES = tuple(
    tuple(
        math.cos(math.pi * (2 * point + 1) * wave / (2 * _SIDE)) * math.sqrt((1 if wave == 0 else 2) / _SIDE)
        for point in range(_SIDE)
    )
    for wave in range(_KEPT)
)


def likeness(picture: Image.Image) -> int | None:
    """Give the hash of a grey picture as a number of 64 bits; None for one that shows next to nothing."""
    raster = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=None).tobytes()
    rows = [raster[_SIDE * row : _SIDE * (row + 1)] for row in range(_SIDE)]
    across = [[sum(map(float.__mul__, wave, map(float, row))) for wave in _COSINES] for row in rows]
    waves = {
        (x, y): sum(_COSINES[y][row] * across[row][x] for row in range(_SIDE)) for x in range(_KEPT) for y in range(_KEPT)
    }
    if sum(abs(waves[place]) > _WEIGHT for place in _PLACES) < _FREQUENCIES_AT_LEAST:
        return None
    return _number(waves[place] > 0 for place in _PLACES)


def variants(hash_: int) -> tuple[int, ...]:
    """Give the hashes of a photo as it is (first), mirrored, and turned: eight of them."""
    signs = {place: bool(hash_ >> (_BITS - 1 - number) & 1) for number, place in enumerate(_PLACES)}
    ways = product((False, True), repeat=3)
    return tuple(_number(_turned(signs, place, way) for place in _PLACES) for way in ways)


def _turned(signs: dict[tuple[int, int], bool], place: tuple[int, int], how: tuple[bool, ...]) -> bool:
    # Mirroring turns the odd waves of its direction over; a quarter turn swaps the directions as well.
    swapped, across, down = how
    x, y = place
    sign = signs[(y, x) if swapped else (x, y)]
    return sign ^ (across and x % 2 == 1) ^ (down and y % 2 == 1)


def _number(bits: Iterator[bool]) -> int:
    return sum(bit << (_BITS - 1 - number) for number, bit in enumerate(bits))


def signed(hash_: int) -> int:
    """Give 64 bits as the database keeps them: a number with a sign."""
    return hash_ - (1 << _BITS) if hash_ >> (_BITS - 1) else hash_


def distance(one: int, other: int) -> int:
    """Count the bits in which two hashes differ."""
    return ((one ^ other) & ((1 << _BITS) - 1)).bit_count()


def _keys(part: int) -> Iterator[int]:
    """Give a band and all that differ from it in one bit."""
    yield part
    for bit in range(_BAND_BITS):
        yield part ^ (1 << bit)


def _probes(forms: Sequence[int]) -> dict[str, list[int]]:
    parameters: dict[str, list[int]] = {}
    for band in range(BANDS):
        shift = _BITS - _BAND_BITS * (band + 1)
        pairs = [(key, form) for form in forms for key in _keys(form >> shift & 0xFFFF)]
        parameters[f"keys_{band}"] = [key for key, _ in pairs]
        parameters[f"forms_{band}"] = [signed(form) for _, form in pairs]
    return parameters


def _statement() -> str:
    looks = " UNION ALL ".join(
        f"SELECT kept.hash, probe.form FROM unnest(:keys_{band}, :forms_{band}) AS probe(key, form)"  # noqa: S608 - numbers of ours
        f" JOIN photo_likeness AS kept ON kept.band_{band} = probe.key"
        f" WHERE bit_count((kept.hash # probe.form)::bit(64)) <= :alike"
        for band in range(BANDS)
    )
    return (
        f"WITH near AS (SELECT hash, min(bit_count((hash # form)::bit(64))) AS distance,"  # noqa: S608 - numbers of ours
        f" min(bit_count((hash # form)::bit(64))) < coalesce(min(bit_count((hash # form)::bit(64)))"
        f" FILTER (WHERE form = :upright), 65) AS turned FROM ({looks}) AS found GROUP BY hash)"
        " SELECT kept.sha256, near.distance, near.turned FROM near"
        " JOIN photo_likeness AS kept ON kept.band_0 = ((near.hash >> 48) & 65535)::integer AND kept.hash = near.hash"
        " WHERE kept.sha256 <> :own ORDER BY near.distance, kept.sha256 LIMIT :nearest"
    )


_SEARCH = text(_statement()).bindparams(
    *(bindparam(f"keys_{band}", type_=ARRAY(Integer)) for band in range(BANDS)),
    *(bindparam(f"forms_{band}", type_=ARRAY(BigInteger)) for band in range(BANDS)),
    bindparam("upright", type_=BigInteger),
)


def near(session: Session, hash_: int, own: str = "") -> list[Near]:
    """Give the photos that look like one with this hash, the nearest first, without the file `own`."""
    forms = variants(hash_)
    parameters = {**_probes(forms), "upright": signed(forms[0]), "alike": ALIKE, "own": own, "nearest": NEAREST}
    return [Near(row.sha256, row.distance, row.turned) for row in session.execute(_SEARCH, parameters)]
