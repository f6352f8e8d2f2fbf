"""Photos as phones and people hand them in: what is read from them, and what is refused."""

import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from samples import camera_notes, empty_png, photo, scene

from engine.errors import Invalid
from workflows.evidence.examiner import main
from workflows.evidence.intake import ExaminedFile, ending_of, examine, received, understood
from workflows.evidence.vault import Vault

LIMIT = 10_000_000


def look(tmp_path: Path, content: bytes, name: str = "照片.jpg") -> ExaminedFile:
    # What the child process of `examine` does, without the child.
    path = tmp_path / "upload"
    path.write_bytes(content)
    return understood(main([str(path), ending_of(name)]), name)


@pytest.mark.parametrize(
    ("kind", "name", "media_type"),
    [
        ("JPEG", "会场.jpg", "image/jpeg"),
        ("JPEG", "会场.JPEG", "image/jpeg"),
        ("PNG", "截图.png", "image/png"),
        ("WEBP", "a.webp", "image/webp"),
        ("HEIF", "IMG_0001.HEIC", "image/heic"),
    ],
)
def test_photos_of_the_four_formats_are_taken(tmp_path: Path, kind: str, name: str, media_type: str) -> None:
    found = look(tmp_path, photo(kind=kind), name)
    assert (found.media_type, found.kind, found.width, found.height) == (media_type, "photo", 800, 600)
    assert (found.taken_at, found.gps, found.camera, found.pages, found.text_chars) == (None, None, None, None, None)
    assert examine(tmp_path / "upload", name) == found


def test_what_the_camera_wrote_is_read(tmp_path: Path) -> None:
    place = ((30.0, 35.0, 24.0), "N", (114.0, 18.0, 18.0), "E")
    notes = camera_notes(taken="2026:03:12 09:41:05", place=place, camera=("HUAWEI", "HUAWEI P40\0"))
    found = look(tmp_path, photo(exif=notes))
    assert found.taken_at == datetime(2026, 3, 12, 1, 41, 5, tzinfo=UTC)
    assert found.gps == pytest.approx((30.59, 114.305))
    assert found.camera == "HUAWEI HUAWEI P40"
    assert examine(tmp_path / "upload", "照片.jpg") == found


def test_a_time_zone_in_the_photo_counts(tmp_path: Path) -> None:
    found = look(tmp_path, photo(exif=camera_notes(taken="2026:03:12 09:41:05", zone="+09:00")))
    assert found.taken_at == datetime(2026, 3, 12, 9, 41, 5, tzinfo=timezone(timedelta(hours=9)))


def test_places_south_and_west_are_negative(tmp_path: Path) -> None:
    notes = camera_notes(place=((33.0, 30.0, 0.0), "S", (70.0, 30.0, 0.0), "W"))
    assert look(tmp_path, photo(exif=notes)).gps == pytest.approx((-33.5, -70.5))


@pytest.mark.parametrize(
    "notes",
    [
        camera_notes(taken="0000:00:00 00:00:00"),
        camera_notes(taken="gestern"),
        camera_notes(place=((0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E")),
        camera_notes(place=((95.0, 0.0, 0.0), "N", (10.0, 0.0, 0.0), "E")),
        camera_notes(place=((31.0,), "N", (114.0,), "E")),
    ],
)
def test_notes_that_say_nothing_are_left_out_and_the_photo_is_taken(tmp_path: Path, notes: Image.Exif) -> None:
    found = look(tmp_path, photo(exif=notes))
    assert (found.taken_at, found.gps) == (None, None)


def test_a_photo_with_broken_notes_is_taken(tmp_path: Path) -> None:
    assert look(tmp_path, photo(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).width == 800


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_photo_held_upright_is_measured_as_people_see_it(tmp_path: Path, orientation: int) -> None:
    found = look(tmp_path, photo(exif=camera_notes(orientation=orientation)))
    assert (found.width, found.height) == (600, 800)


def distance(one: ExaminedFile, other: ExaminedFile) -> int:
    assert one.perceptual_hash is not None
    assert other.perceptual_hash is not None
    assert len(one.perceptual_hash) == len(other.perceptual_hash) == 16
    return (int(one.perceptual_hash, 16) ^ int(other.perceptual_hash, 16)).bit_count()


def test_the_same_photo_smaller_or_compressed_is_recognised_and_another_is_not(tmp_path: Path) -> None:
    original = look(tmp_path, photo(quality=95))
    smaller = look(tmp_path, photo(scene().resize((400, 300)), quality=40))
    other = look(tmp_path, photo(scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    assert distance(original, smaller) <= 4
    assert distance(original, other) >= 16


def test_a_photo_turned_by_its_notes_is_recognised(tmp_path: Path) -> None:
    upright = look(tmp_path, photo(quality=95))
    lying = scene().transpose(Image.Transpose.ROTATE_90)  # 6: turn a quarter to the right to see it
    assert distance(upright, look(tmp_path, photo(lying, quality=95, exif=camera_notes(orientation=6)))) <= 4


def test_a_picture_that_shows_nothing_has_no_hash(tmp_path: Path) -> None:
    assert look(tmp_path, photo(Image.new("RGB", (400, 300), "white"), "PNG"), "a.png").perceptual_hash is None


def test_a_blurred_photo_is_less_sharp(tmp_path: Path) -> None:
    sharp = look(tmp_path, photo(quality=95)).sharpness
    blurred = look(tmp_path, photo(scene().filter(ImageFilter.GaussianBlur(6)), quality=95)).sharpness
    assert sharp is not None
    assert blurred is not None
    assert blurred < sharp / 10


def test_sharpness_is_the_variance_of_the_laplacian(tmp_path: Path) -> None:
    # One grey point on darker ground: the filter gives -160 there and 40 at its four neighbours, 0 elsewhere.
    image = Image.new("L", (12, 10), 100)
    image.putpixel((5, 5), 140)
    found = look(tmp_path, photo(image, "PNG"), "a.png").sharpness
    assert found == pytest.approx((160**2 + 4 * 40**2) / (10 * 8), abs=0.01)


def test_a_photo_of_one_point_has_no_sharpness(tmp_path: Path) -> None:
    assert look(tmp_path, photo(Image.new("L", (1, 1)), "PNG"), "a.png").sharpness == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_to_store_pixels_is_read(tmp_path: Path, mode: str) -> None:
    image = Image.new("I;16", (64, 48), 40_000) if mode == "I;16" else scene(64, 48).convert(mode)
    assert look(tmp_path, photo(image, "PNG"), "a.png").width == 64


def test_a_photo_for_printing_is_read(tmp_path: Path) -> None:
    assert look(tmp_path, photo(scene().convert("CMYK"))).width == 800


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "半张.jpg"), ("PNG", "半张.png"), ("WEBP", "半张.webp")])
def test_half_a_photo_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    # In the child, always: in this process another library has told Pillow to be content with half a picture.
    whole, path = photo(kind=kind), tmp_path / "upload"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match=f"^{name} is damaged or cut off"):
        examine(path, name)


def test_nothing_but_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="damaged or cut off"):
        look(tmp_path, photo()[:40])


def test_a_small_file_that_unpacks_to_144_million_pixels_is_refused(tmp_path: Path) -> None:
    bomb = empty_png(12_000, 12_000)
    assert len(bomb) < 30_000
    with pytest.raises(Invalid, match=r"a\.png has more than 50 million pixels"):
        look(tmp_path, bomb, "a.png")


def test_one_that_unpacks_to_more_than_pillow_opens_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="more than 50 million pixels"):
        look(tmp_path, empty_png(20_000, 20_000), "a.png")


def test_a_photo_under_the_limit_of_pixels_is_taken(tmp_path: Path) -> None:
    assert look(tmp_path, empty_png(7000, 7000), "a.png").width == 7000


def test_a_photo_comes_into_the_vault_as_it_is(tmp_path: Path) -> None:
    vault, content = Vault(tmp_path / "vault"), photo(exif=camera_notes(camera=("DJI", "Mini")))
    taken = received(vault, io.BytesIO(content), "航拍.jpg", LIMIT)
    assert vault.read(taken.stored.sha256) == content
    assert (taken.stored.size, taken.file.camera, taken.file_name) == (len(content), "DJI Mini", "航拍.jpg")


@pytest.mark.parametrize(
    ("content", "limit", "sentence"),
    [
        (b"", LIMIT, r"^a.jpg is empty \(0 bytes\)"),
        (photo(), 1000, "^a.jpg is larger than 0.001 MB"),
        (photo()[:2000], LIMIT, "^a.jpg is damaged or cut off"),
        (photo(kind="PNG"), LIMIT, "^a.jpg is not what its name says: it is a PNG picture"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(tmp_path: Path, content: bytes, limit: int, sentence: str) -> None:
    vault = Vault(tmp_path / "vault")
    with pytest.raises(Invalid, match=sentence):
        received(vault, io.BytesIO(content), "a.jpg", limit)
    assert [path for path in vault.root.rglob("*") if path.is_file()] == []


def test_a_file_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    content = photo()
    taken = received(Vault(tmp_path / "vault"), io.BytesIO(content), "a.jpg", len(content))
    assert taken.stored.size == len(content)
