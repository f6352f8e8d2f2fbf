"""The search for photos that look alike finds exactly what looking at every photo finds."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from engine.unit_of_work import Sessions, reading, utc_now
from models.evidence import StoredFile
from models.photos import PhotoLikeness
from workflows.evidence.likeness import ALIKE, distance, near, signed, variants


def digest(number: int) -> str:
    return f"{number:064x}"


def keep(sessions: Sessions, hashes: list[int]) -> None:
    with sessions.begin() as session:
        session.execute(delete(PhotoLikeness))
        session.execute(delete(StoredFile))
        facts = {"size": 1, "media_type": "image/jpeg", "kind": "photo", "overlays": [], "created_at": utc_now()}
        session.execute(insert(StoredFile), [{"sha256": digest(one), **facts} for one in range(len(hashes))])
        session.execute(
            insert(PhotoLikeness), [{"sha256": digest(one), "hash": signed(found)} for one, found in enumerate(hashes)]
        )


def near_by_looking_at_all(hashes: list[int], asked: int) -> dict[str, int]:
    forms = variants(asked)
    apart = {digest(one): min(distance(found, form) for form in forms) for one, found in enumerate(hashes)}
    return {sha256: bits for sha256, bits in apart.items() if bits <= ALIKE}


hash_values = st.integers(min_value=0, max_value=(1 << 63) - 1).map(lambda bits: bits << 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=hash_values, seed=st.integers(0, 1 << 30))
def test_every_photo_within_the_distance_is_found_and_no_other(sessions: Sessions, asked: int, seed: int) -> None:
    dice = Random(seed)
    hashes = []
    for bits in range(16):
        changed = dice.choice(variants(asked))
        for bit in dice.sample(range(1, 64), bits):
            changed ^= 1 << bit
        hashes.append(changed)
    hashes += [dice.getrandbits(63) << 1 for _ in range(10)]
    keep(sessions, hashes)
    with reading(sessions) as session:
        found = near(session, asked)
    assert {one.sha256: one.distance for one in found} == near_by_looking_at_all(hashes, asked)
    assert [one.distance for one in found] == sorted(one.distance for one in found)


@pytest.mark.parametrize("bits", range(ALIKE + 2))
def test_bits_that_differ_may_lie_anywhere(sessions: Sessions, bits: int) -> None:
    # Spread evenly over the bands, all in one band, and by chance: the reckoning with bands must hold for each.
    asked = Random(bits).getrandbits(63) << 1
    even = [63 - (one * 16 + one // 4) % 63 for one in range(bits)]
    crowded = [63 - one for one in range(bits)]
    chance = Random(bits).sample(range(1, 64), bits)
    hashes = []
    for places in (even, crowded, chance):
        changed = asked
        for bit in set(places):
            changed ^= 1 << bit
        hashes.append(changed)
    keep(sessions, hashes)
    with reading(sessions) as session:
        found = {one.sha256 for one in near(session, asked)}
    assert found == set(near_by_looking_at_all(hashes, asked))


def test_a_turned_photo_is_said_to_be_turned(sessions: Sessions) -> None:
    asked = Random(5).getrandbits(63) << 1
    keep(sessions, [asked, variants(asked)[3]])
    with reading(sessions) as session:
        assert {one.sha256: one.turned for one in near(session, asked)} == {digest(0): False, digest(1): True}
        assert [one.sha256 for one in near(session, asked, own=digest(0))] == [digest(1)]
