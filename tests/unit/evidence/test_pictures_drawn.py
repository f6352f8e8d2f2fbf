"""The pictures previews are made of: size, direction, colours, and nothing of the camera's notes."""

import io
import struct
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from samples import camera_notes, photo, scene

from workflows.evidence.confined import Limits, Unreadable, run
from workflows.evidence.painter import main


def draw(tmp_path: Path, content: bytes, sides: str = "1600,480", *, kind: str = "photo", page: int = 0) -> list[Image.Image]:
    path = tmp_path / "original"
    path.write_bytes(content)
    answer, pictures = main([kind, str(path), str(page), sides]), []
    while answer:
        (length,) = struct.unpack_from(">I", answer)
        pictures.append(Image.open(io.BytesIO(answer[4 : 4 + length])))
        answer = answer[4 + length :]
    assert all(picture.format == "JPEG" for picture in pictures)
    return pictures


def paper(width: int, height: int) -> bytes:
    made, content = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(width, height))
    made.save(content)
    return content.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    small = [image.convert("RGB").resize((64, 64)) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def test_a_large_photo_is_drawn_in_each_size(tmp_path: Path) -> None:
    view, thumbnail = draw(tmp_path, photo(scene(3000, 4000)))
    assert (view.size, thumbnail.size) == ((1200, 1600), (360, 480))
    assert difference(view, scene(3000, 4000)) < 4


def test_a_small_photo_is_not_blown_up(tmp_path: Path) -> None:
    assert [picture.size for picture in draw(tmp_path, photo(scene(320, 200)))] == [(320, 200), (320, 200)]


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
        (9, None),
    ],
)
def test_a_photo_is_shown_as_the_camera_was_held(
    tmp_path: Path, orientation: int, stored: Image.Transpose | None
) -> None:
    pixels = scene() if stored is None else scene().transpose(stored)
    (picture,) = draw(tmp_path, photo(pixels, quality=95, exif=camera_notes(orientation=orientation)), "1600")
    assert picture.size == (800, 600)
    assert difference(picture, scene()) < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_says_nothing_of_place_and_camera(tmp_path: Path, kind: str) -> None:
    place = ((30.0, 35.0, 24.0), "N", (114.0, 18.0, 18.0), "E")
    for picture in draw(tmp_path, photo(kind=kind, exif=camera_notes(place=place, camera=("HUAWEI", "P40")))):
        assert not picture.getexif()
        assert "HUAWEI" not in repr(picture.info)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_see_through_stands_on_white(tmp_path: Path, mode: str) -> None:
    clear = Image.new("RGBA", (80, 60), (200, 0, 0, 0))
    content = photo(clear, "PNG") if mode == "RGBA" else photo(clear.convert("LA"), "PNG")
    if mode == "PA":
        content = photo(clear.convert("P"), "PNG", transparency=0)
    assert draw(tmp_path, content)[0].getpixel((40, 30)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "CMYK"])
def test_pixels_without_colours_or_for_printing_are_drawn(tmp_path: Path, mode: str) -> None:
    content = photo(scene().convert(mode), "PNG" if mode == "1" else "JPEG", **({} if mode == "1" else {"quality": 95}))
    assert difference(draw(tmp_path, content)[0], scene().convert(mode)) < 8


def test_the_colours_of_a_camera_are_kept_where_they_apply(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert draw(tmp_path, photo(icc_profile=profile))[0].info["icc_profile"] == profile
    assert "icc_profile" not in draw(tmp_path, photo(scene().convert("CMYK"), icc_profile=profile))[0].info


def test_a_page_is_drawn_at_144_dots_to_the_inch(tmp_path: Path) -> None:
    (picture,) = draw(tmp_path, paper(595, 842), "2000", kind="pdf")
    assert picture.size == (1190, 1684)


def test_a_poster_is_drawn_no_larger_than_the_screen_needs(tmp_path: Path) -> None:
    (picture,) = draw(tmp_path, paper(14_000, 7_000), "2000", kind="pdf")
    assert picture.size == (2000, 1000)


def test_there_is_no_picture_of_a_page_that_is_not_there(tmp_path: Path) -> None:
    assert draw(tmp_path, paper(595, 842), kind="pdf", page=1) == []


def test_half_a_photo_is_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(photo()[:3000])
    with pytest.raises(Unreadable):
        run("workflows.evidence.painter", ["photo", str(tmp_path / "original"), "0", "480"], Limits())


def test_what_the_library_said_of_a_file_stands_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "original").write_bytes(b"no pdf")
    with pytest.raises(Unreadable):
        run("workflows.evidence.painter", ["pdf", str(tmp_path / "original"), "0", "480"], Limits())
    assert "PdfiumError" in caplog.text


def test_a_child_that_cannot_start_is_a_fault_of_the_house() -> None:
    with pytest.raises(RuntimeError, match="no_such_module did not start"):
        run("workflows.evidence.no_such_module", [], Limits())
