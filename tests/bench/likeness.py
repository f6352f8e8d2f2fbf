"""Photos that look alike among a million: the query the product asks for every photo that comes in."""

import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import psycopg
from measuring import percentile, say
from scenario import Json
from sqlalchemy import text

from engine.unit_of_work import Sessions, reading
from models.database import connect, session_factory, upgrade
from models.photos import PhotoLikeness
from workflows.evidence.likeness import ALIKE, near, signed

PHOTOS = 1_000_000
_REQUESTS = 300
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def measured(place: Json) -> Json:
    """Fill a database of its own and search; give percentiles in milliseconds, and how they compare with a look-up by key."""
    url = f"postgresql+psycopg://{place['user']}@/{place['dbname']}?host={place['host']}&port={place['port']}"
    engine = connect(url)
    upgrade(engine)
    say(f"loading {PHOTOS} photos")
    hashes = _hashes()
    with psycopg.connect(**place) as connection:
        _load(connection, hashes)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE photo_likeness"))
    say("searching")
    sessions, dice = session_factory(engine), Random(2)
    by_key = _timed(lambda: _looked_up(sessions, dice))
    # In turns of known photos, slightly changed, and of photos nobody has seen.
    known = _timed(lambda: _found_again(sessions, hashes, dice))
    unknown = _timed(lambda: _nothing(sessions, dice))
    engine.dispose()
    ratio = round(known["p95_ms"] / by_key["p95_ms"], 1)
    return {"photos": PHOTOS, "known": known, "unknown": unknown, "by_key": by_key, "known_over_by_key": ratio}


def _hashes() -> list[int]:
    # Photos of offices are not dice: every tenth is near another one.
    dice, hashes = Random(1), list[int]()
    for number in range(PHOTOS):
        if number % 10 == 9:
            hashes.append(_changed(hashes[dice.randrange(number)], dice.randrange(12), dice))
        else:
            hashes.append(dice.getrandbits(63) << 1)
    return hashes


def _changed(hash_: int, bits: int, dice: Random) -> int:
    for bit in dice.sample(range(1, 64), bits):  # the last bit stays empty
        hash_ ^= 1 << bit
    return hash_


def _digest(number: int) -> str:
    # Spread like digests: neighbours of a photo lie anywhere.
    return struct.pack(">QQ", number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF, number).hex() * 2


def _looked_up(sessions: Sessions, dice: Random) -> float:
    digest = _digest(dice.randrange(PHOTOS))
    at = time.perf_counter()
    with reading(sessions) as session:
        found = session.get(PhotoLikeness, digest)
    taken = time.perf_counter() - at
    assert found is not None
    return 1000 * taken


def _found_again(sessions: Sessions, hashes: list[int], dice: Random) -> float:
    number = dice.randrange(PHOTOS)
    asked = _changed(hashes[number], dice.randrange(ALIKE + 1), dice)
    taken, found = _search(sessions, asked)
    assert _digest(number) in found
    return taken


def _nothing(sessions: Sessions, dice: Random) -> float:
    return _search(sessions, dice.getrandbits(63) << 1)[0]


def _search(sessions: Sessions, asked: int) -> tuple[float, set[str]]:
    at = time.perf_counter()
    with reading(sessions) as session:
        found = near(session, asked)
    return 1000 * (time.perf_counter() - at), {one.sha256 for one in found}


def _timed(search: Callable[[], float]) -> Json:
    search()
    times = sorted(search() for _ in range(_REQUESTS))
    return {f"p{percent}_ms": percentile(times, percent) for percent in (50, 95, 99)}


def _load(connection: psycopg.Connection, hashes: list[int]) -> None:
    # Keys are right by construction; checking a million of them is not what is measured.
    connection.execute("SET session_replication_role = replica")
    with connection.cursor().copy("COPY stored_file (sha256, size, media_type, kind, created_at) FROM STDIN") as copy:
        for number in range(len(hashes)):
            copy.write_row((_digest(number), 3_000_000, "image/jpeg", "photo", _BEGINNING))
    with connection.cursor().copy("COPY photo_likeness (sha256, hash) FROM STDIN") as copy:
        for number, one in enumerate(hashes):
            copy.write_row((_digest(number), signed(one)))
