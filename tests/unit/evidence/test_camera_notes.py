"""What cameras write, in every kind of photo; and photos made to do harm."""

import io
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from samples import camera_notes, photo, scene

from engine.errors import Invalid
from workflows.evidence.intake import ExaminedFile, examine
from workflows.evidence.painter import main as paint

PLACE = ((30.0, 35.0, 24.0), "N", (114.0, 18.0, 18.0), "E")


def heic(image: Image.Image, exif: Image.Exif | None = None) -> bytes:
    content = io.BytesIO()
    found = pillow_heif.from_pillow(image)
    found.save(content, quality=80, exif=exif.tobytes() if exif is not None else None)
    return content.getvalue()


def look(tmp_path: Path, content: bytes, name: str) -> ExaminedFile:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return examine(path, name)


def notes() -> Image.Exif:
    made = camera_notes(taken="2026:03:12 09:41:05", zone="+08:00", place=PLACE, camera=("Apple", "iPhone 15"))
    made[0x0131] = "17.4"
    return made


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "heic"])
def test_time_zone_place_device_and_program_are_read_from_every_kind(tmp_path: Path, kind: str) -> None:
    kinds = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
    content = heic(scene(), notes()) if kind == "heic" else photo(kind=kinds[kind], exif=notes())
    found = look(tmp_path, content, f"照片.{kind}")
    assert (found.taken_at, found.taken_zone) == (datetime(2026, 3, 12, 1, 41, 5, tzinfo=UTC), "+08:00")
    assert found.gps == pytest.approx((30.59, 114.305))
    assert (found.camera, found.software) == ("Apple iPhone 15", "17.4")
    assert (found.width, found.height) == (800, 600)
    assert found.perceptual_hash is not None


def test_without_a_zone_beijing_is_assumed_and_said_so(tmp_path: Path) -> None:
    found = look(tmp_path, photo(exif=camera_notes(taken="2026:03:12 09:41:05")), "a.jpg")
    assert (found.taken_at, found.taken_zone) == (datetime(2026, 3, 12, 1, 41, 5, tzinfo=UTC), None)


def test_a_heic_photo_is_drawn_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    lying = camera_notes(orientation=6)
    path.write_bytes(heic(scene().transpose(Image.Transpose.ROTATE_90), lying))
    answer = paint(["photo", str(path), "0", "480"])
    picture = Image.open(io.BytesIO(answer[4:])).convert("L").resize((8, 6))
    upright = scene().convert("L").resize((8, 6))
    apart = [abs(one - other) for one, other in zip(picture.tobytes(), upright.tobytes(), strict=True)]
    assert picture.size == (8, 6)
    assert sum(apart) / len(apart) < 8


def test_all_kinds_of_one_picture_look_alike(tmp_path: Path) -> None:
    hashes = {
        look(tmp_path, content, name).perceptual_hash
        for content, name in ((photo(quality=95), "a.jpg"), (photo(kind="PNG"), "a.png"), (heic(scene()), "a.heic"))
    }
    numbers = [int(one, 16) for one in hashes if one is not None]
    assert max((one ^ other).bit_count() for one in numbers for other in numbers) <= 4


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def talkative_png() -> bytes:
    """Give a PNG whose comment unpacks to 200 MB."""
    text = b"Comment\0\0" + zlib.compress(b"a" * 200_000_000, 9)
    whole = photo(scene(64, 48), "PNG")
    return whole[:33] + chunk(b"zTXt", text) + whole[33:]


def wide_jpeg() -> bytes:
    """Give a JPEG that says it is 65 500 points wide and high."""
    whole = bytearray(photo(scene(64, 48)))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(whole)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (wide_jpeg(), "宽.jpg", "宽.jpg has more than 50 million pixels"),
        (talkative_png(), "话.png", "话.png is damaged or cut off"),
        (heic(scene())[:900], "半.heic", "半.heic is damaged or cut off"),
        (heic(scene())[:40], "头.heic", "头.heic is damaged or cut off"),
    ],
    ids=["wide JPEG", "talkative PNG", "half a HEIC", "head of a HEIC"],
)
def test_a_photo_made_to_do_harm_is_refused_with_one_sentence(tmp_path: Path, content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        look(tmp_path, content, name)
    assert refused.value.message.format(**refused.value.params).startswith(sentence)
