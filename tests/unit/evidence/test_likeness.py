"""Which photos look alike: the hash, its turned forms, and the reckoning that finds every near one."""

import math
from random import Random

import pytest
from PIL import Image, ImageEnhance

from workflows.demo import pictures
from workflows.demo.drawing import blank
from workflows.evidence.likeness import ALIKE, distance, likeness, signed, variants

SCENES = sorted(pictures.SCENES)


def drawn(scene: str, seed: str = "1") -> Image.Image:
    dice = Random(seed)
    canvas = blank(dice)
    pictures.SCENES[scene](canvas)
    return pictures.grained(canvas.image, dice, 0.055).convert("L")


def hash_of(picture: Image.Image) -> int:
    found = likeness(picture.convert("L"))
    assert found is not None
    return found


def apart(one: Image.Image, other: Image.Image) -> int:
    return min(distance(hash_of(one), form) for form in variants(hash_of(other)))


@pytest.mark.parametrize("scene", SCENES)
def test_a_photo_is_known_again_smaller_darker_with_more_contrast(scene: str) -> None:
    original = drawn(scene)
    assert apart(original, original.resize((320, 240))) <= ALIKE
    assert apart(original, ImageEnhance.Brightness(original).enhance(0.6)) <= ALIKE
    assert apart(original, ImageEnhance.Contrast(original).enhance(1.4)) <= ALIKE


@pytest.mark.parametrize("turn", list(Image.Transpose), ids=lambda turn: turn.name)
@pytest.mark.parametrize("scene", SCENES[:5])
def test_a_photo_is_known_again_turned_or_mirrored(scene: str, turn: Image.Transpose) -> None:
    original = drawn(scene)
    assert apart(original, original.transpose(turn)) <= ALIKE
    assert distance(hash_of(original), hash_of(original.transpose(turn))) > 2 * ALIKE


def test_different_scenes_and_different_pictures_of_one_scene_are_not_alike() -> None:
    drawings = [drawn(scene, seed) for scene in SCENES[:8] for seed in ("1", "2")]
    nearest = min(apart(one, other) for number, one in enumerate(drawings) for other in drawings[:number])
    assert nearest > ALIKE


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_plain_wall_has_no_hash(grey: int) -> None:
    assert likeness(Image.new("L", (640, 480), grey)) is None


def test_the_bits_are_the_signs_of_the_waves() -> None:
    # The cosine transform written out for one wave: two across, one down.
    picture = drawn("street")
    raster = list(picture.resize((32, 32), Image.Resampling.BOX).tobytes())
    wave = sum(
        raster[32 * y + x] * math.cos(math.pi * 2 * (2 * x + 1) / 64) * math.cos(math.pi * (2 * y + 1) / 64)
        for y in range(32)
        for x in range(32)
    )
    turned_over = hash_of(picture) ^ hash_of(Image.eval(picture, lambda value: 255 - value))
    assert turned_over == (1 << 64) - 2  # every sign, and never the last bit, which stays empty
    from workflows.evidence.likeness import _PLACES

    assert bool(hash_of(picture) >> (63 - _PLACES.index((2, 1))) & 1) == (wave > 0)


@pytest.mark.parametrize("seed", range(20))
def test_the_eight_forms_are_a_group(seed: int) -> None:
    one = Random(seed).getrandbits(63) << 1
    forms = variants(one)
    assert forms[0] == one
    assert {form for each in forms for form in variants(each)} == set(forms)


@pytest.mark.parametrize(("number", "kept"), [(0, 0), (1, 1), ((1 << 63) - 1, (1 << 63) - 1), (1 << 63, -(1 << 63)), ((1 << 64) - 1, -1)])
def test_a_hash_fits_the_column(number: int, kept: int) -> None:
    assert signed(number) == kept
