"""Hints about photos: what is found on drawn photos, and how seldom it is found where it is not."""

from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from samples import camera_notes, photo

from models.evidence import StoredFile
from workflows.demo import pictures
from workflows.demo.drawing import blank, face
from workflows.evidence.examiner import main
from workflows.evidence.hints import BLURRED_BELOW, Frame, hints, time_doubts
from workflows.evidence.intake import ExaminedFile, ending_of, understood
from workflows.evidence.overlays import STAMP, found

SCENES = sorted(pictures.SCENES)


def drawn(scene: str, seed: str = "1") -> Image.Image:
    dice = Random(seed)
    canvas = blank(dice)
    pictures.SCENES[scene](canvas)
    image = canvas.image.filter(ImageFilter.GaussianBlur(1.1))
    return pictures.grained(image, dice, 0.055)


def look(tmp_path: Path, content: bytes, name: str = "a.jpg") -> ExaminedFile:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return understood(main([str(path), ending_of(name)]), name)


def stored(file: ExaminedFile) -> StoredFile:
    return StoredFile(
        kind=file.kind, media_type=file.media_type, width=file.width, height=file.height, sharpness=file.sharpness,
        jpeg_quality=file.jpeg_quality, overlays=list(file.overlays), camera=file.camera, taken_at=file.taken_at,
    )  # fmt: skip


def codes(file: ExaminedFile) -> set[str]:
    return {one.code for one in hints(stored(file))}


@pytest.mark.parametrize("scene", SCENES)
def test_a_sharp_photo_without_a_stamp_gets_no_hint(tmp_path: Path, scene: str) -> None:
    assert codes(look(tmp_path, photo(drawn(scene), quality=85))) == set()


@pytest.mark.parametrize("scene", SCENES)
def test_a_shaken_photo_is_called_blurred(tmp_path: Path, scene: str) -> None:
    shaken = look(tmp_path, photo(drawn(scene).filter(ImageFilter.GaussianBlur(5)), quality=85))
    assert shaken.sharpness is not None
    assert shaken.sharpness < BLURRED_BELOW
    assert codes(shaken) == {"blurred"}


def orange(image: Image.Image) -> None:
    place = (image.width - 60, image.height - 50)
    ImageDraw.Draw(image).text(place, "2026 10 12 09:41", font=face(image.width // 40), anchor="rs", fill=(255, 140, 30))


def lines(image: Image.Image) -> None:
    texts = ("09:41 星期一", "2026年10月12日 云江市和平路社区", "经度114.305 纬度30.590")
    for number, text in enumerate(texts):
        place, font = (50, image.height - 180 + 52 * number), face(image.width // 42)
        ImageDraw.Draw(image).text(place, text, font=font, fill="white", stroke_width=1, stroke_fill=(60, 60, 60))


@pytest.mark.parametrize("stamp", [orange, lines, pictures.stamp], ids=["camera", "watermark-camera", "plate"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_date_or_a_watermark_in_a_corner_is_found(tmp_path: Path, scene: str, stamp: object) -> None:
    assert callable(stamp)
    image = drawn(scene)
    stamp(image)
    assert STAMP in look(tmp_path, photo(image, quality=85)).overlays


def test_noise_is_hardly_ever_taken_for_a_stamp() -> None:
    false = 0
    for seed in range(20):
        noise = Image.frombytes("RGB", (1024, 768), Random(seed).randbytes(1024 * 768 * 3))
        shapes = (noise, *(ImageOps.autocontrast(noise.filter(ImageFilter.GaussianBlur(radius))) for radius in (1, 2, 3)))
        false += sum(bool(found(one)) for one in shapes)
    assert false <= 2  # of 80


def test_a_tiny_picture_has_no_stamp() -> None:
    assert found(Image.new("RGB", (40, 40))) == ()


def test_a_small_photo_is_called_small(tmp_path: Path) -> None:
    assert "small" in codes(look(tmp_path, photo(drawn("street").resize((960, 720)), quality=85)))
    assert "small" not in codes(look(tmp_path, photo(drawn("street").resize((1000, 750)), quality=85)))


@pytest.mark.parametrize(
    ("size", "kind", "name", "seen"),
    [
        ((1080, 2400), "PNG", "a.png", True),
        ((1080, 2400), "JPEG", "a.jpg", True),
        ((1920, 1080), "PNG", "a.png", True),
        ((1920, 1080), "JPEG", "a.jpg", False),
        ((1600, 1200), "PNG", "a.png", False),
    ],
)
def test_a_picture_as_large_as_a_screen_is_called_a_screenshot(
    tmp_path: Path, size: tuple[int, int], kind: str, name: str, seen: bool
) -> None:
    assert ("screenshot" in codes(look(tmp_path, photo(drawn("park").resize(size), kind), name))) == seen


def test_what_a_camera_wrote_in_is_no_screenshot(tmp_path: Path) -> None:
    notes = camera_notes(camera=("HUAWEI", "P40"))
    assert "screenshot" not in codes(look(tmp_path, photo(drawn("park").resize((1080, 2400)), exif=notes)))


@pytest.mark.parametrize("quality", [20, 30, 50, 75, 90, 95])
def test_the_quality_of_a_jpeg_is_reckoned_from_its_tables(tmp_path: Path, quality: int) -> None:
    found_quality = look(tmp_path, photo(drawn("street"), quality=quality)).jpeg_quality
    assert found_quality is not None
    assert abs(found_quality - quality) <= 3
    assert ("compressed" in codes(look(tmp_path, photo(drawn("street"), quality=quality)))) == (quality < 40)


def shot(moment: datetime | None) -> StoredFile:
    return StoredFile(kind="photo", media_type="image/jpeg", taken_at=moment, overlays=[])


CAMPAIGN = Frame(date(2026, 1, 1), date(2026, 12, 31), datetime(2026, 5, 1, 8, 0, tzinfo=UTC), date(2026, 4, 20))


@pytest.mark.parametrize(
    ("taken_at", "doubts"),
    [
        (None, []),
        (datetime(2026, 4, 20, 3, 0, tzinfo=UTC), []),
        (datetime(2026, 4, 21, 3, 0, tzinfo=UTC), []),
        (datetime(1970, 1, 1, tzinfo=UTC), ["clock_unset"]),
        (datetime(2000, 1, 1, 4, 0, tzinfo=UTC), ["clock_unset"]),
        (datetime(2026, 5, 1, 20, 0, tzinfo=UTC), ["differs"]),
        (datetime(2026, 5, 3, 3, 0, tzinfo=UTC), ["future"]),
        (datetime(2025, 12, 31, 3, 0, tzinfo=UTC), ["outside", "differs"]),
        # In Beijing the new year has begun.
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), ["differs"]),
        (datetime(2026, 4, 18, 3, 0, tzinfo=UTC), ["differs"]),
    ],
)
def test_the_clock_of_the_camera_is_doubted(taken_at: datetime | None, doubts: list[str]) -> None:
    assert [one.code for one in time_doubts(shot(taken_at), CAMPAIGN)] == doubts


def test_other_files_get_no_hints() -> None:
    assert hints(StoredFile(kind="pdf", media_type="application/pdf", width=10, height=10, overlays=[])) == []
