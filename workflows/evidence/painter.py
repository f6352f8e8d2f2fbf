"""The child process of previews: `python -m workflows.evidence.painter LIMITS KIND PATH PAGE SIDES`.

Gives one JPEG for each of SIDES (longest side in pixels, largest first), each after its length in four bytes;
nothing when a PDF has no such PAGE (counted from 0). The pictures carry no notes of the camera.
"""

import struct
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image
from pypdfium2 import PdfDocument

from workflows.evidence import photos
from workflows.evidence.camera_notes import orientation_of
from workflows.evidence.confined import child

_QUALITY = 85
#: 144 dpi: pages are measured in points, 72 to the inch.
_PAGE_SCALE = 2.0
_PROFILE_AT_MOST = 100_000


def main(arguments: Sequence[str]) -> bytes:
    """Draw the pictures asked for."""
    kind, path, page, sides = arguments
    longest = [int(side) for side in sides.split(",")]
    picture = _page(Path(path), int(page), longest[0]) if kind == "pdf" else _photo(Path(path), longest[0])
    return b"" if picture is None else b"".join(_framed(_jpeg(picture, side)) for side in longest)


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
        scale = min(_PAGE_SCALE, longest / max(*page.get_size(), 1.0))
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
