"""The child process of pictures: `python -m workflows.evidence.painter LIMITS KIND PATH PAGE SIDES`.

KIND `photo`: one JPEG for each of SIDES (longest side in pixels, largest first). KIND `pdf`: the same of the one PAGE
(counted from 0). KIND `pages`: one JPEG for each page from PAGE on, at most as many as the second of SIDES, as wide as
the first. Each JPEG stands after its length in four bytes; nothing where there is no such page. KIND `count`: the
number of pages in four bytes. The pictures carry no notes of the camera.
"""

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image
from pypdfium2 import PdfDocument, PdfPage

from workflows.evidence import photos
from workflows.evidence.camera_notes import orientation_of
from workflows.evidence.confined import child

_QUALITY = 85
#: 144 dpi: pages are measured in points, 72 to the inch.
_PAGE_SCALE = 2.0
_PROFILE_AT_MOST = 100_000
#: A page far longer than wide (a table without page breaks) is drawn narrower.
_PIXELS_AT_MOST, _LONGEST = 12_000_000, 12_000


def main(arguments: Sequence[str]) -> bytes:
    """Draw the pictures asked for."""
    kind, path, page, sides = arguments
    numbers = [int(side) for side in sides.split(",")]
    if kind == "count":
        return _count(Path(path))
    if kind == "pages":
        return b"".join(_framed(_jpeg(one, max(one.size))) for one in _pages(Path(path), int(page), *numbers))
    picture = _page(Path(path), int(page), numbers[0]) if kind == "pdf" else _photo(Path(path), numbers[0])
    return b"" if picture is None else b"".join(_framed(_jpeg(picture, side)) for side in numbers)


def _count(path: Path) -> bytes:
    with PdfDocument(path) as document:
        return struct.pack(">I", len(document))


def _photo(path: Path, longest: int) -> Image.Image:
    with photos.opened(path) as image:
        orientation, profile = orientation_of(image), image.info.get("icc_profile")
        coloured = image.mode in {"RGB", "RGBA"}
        image.draft("RGB", (longest, longest))
        picture = photos.upright(photos.on_white(image, longest), orientation)
    picture.info = {"icc_profile": profile} if coloured and profile and len(profile) <= _PROFILE_AT_MOST else {}
    return picture


def _page(path: Path, number: int, longest: int) -> Image.Image | None:
    with PdfDocument(path) as document:
        if not 0 <= number < len(document):
            return None
        page = document[number]
        return _drawn(page, min(_PAGE_SCALE, longest / max(*page.get_size(), 1.0)))


def _pages(path: Path, first: int, width: int, count: int) -> Iterator[Image.Image]:
    with PdfDocument(path) as document:
        for number in range(first, min(first + count, len(document))):
            page = document[number]
            wide, tall = (max(1.0, side) for side in page.get_size())
            picture = _drawn(page, min(width / wide, _LONGEST / tall, (_PIXELS_AT_MOST / (wide * tall)) ** 0.5))
            page.close()
            # The library rounds up.
            yield picture.crop((0, 0, min(width, picture.width), picture.height))


def _drawn(page: PdfPage, scale: float) -> Image.Image:
    picture: Image.Image = page.render(scale=scale).to_pil()
    return picture.convert("RGB")


def _jpeg(picture: Image.Image, longest: int) -> bytes:
    small = picture.copy()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    content = BytesIO()
    small.save(content, "JPEG", quality=_QUALITY, progressive=True, icc_profile=picture.info.get("icc_profile"))
    return content.getvalue()


def _framed(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


if __name__ == "__main__":
    child(main)
