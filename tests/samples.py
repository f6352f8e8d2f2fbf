"""Files as people hand them in, made with other libraries than the product reads them with where there are any."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

register_heif_opener()

WORD_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = {
    "docx": ("word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    "pptx": (
        "ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    ),
}


def scene(width: int = 800, height: int = 600) -> Image.Image:
    """Draw a picture with edges: a dark house on the left under a light sky."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 10, height // 3, width // 2, height - 20), fill="maroon")
    for step in range(0, width, 25):
        draw.line((step, 0, step, height // 4), fill="white", width=2)
    return image


def photo(image: Image.Image | None = None, kind: str = "JPEG", **options: Any) -> bytes:
    """Give a picture as a file; `exif=` as Pillow takes it."""
    content = io.BytesIO()
    (image or scene()).save(content, kind, **options)
    return content.getvalue()


def camera_notes(
    *,
    orientation: int | None = None,
    taken: str | None = None,
    zone: str | None = None,
    place: tuple[tuple[float, ...], str, tuple[float, ...], str] | None = None,
    camera: tuple[str, str] | None = None,
) -> Image.Exif:
    """Give EXIF notes as a camera writes them."""
    notes = Image.Exif()
    if orientation is not None:
        notes[0x0112] = orientation
    if camera is not None:
        notes[0x010F], notes[0x0110] = camera
    if taken is not None:
        notes.get_ifd(0x8769)[0x9003] = taken
    if zone is not None:
        notes.get_ifd(0x8769)[0x9011] = zone
    if place is not None:
        latitude, north, longitude, east = place
        notes.get_ifd(0x8825).update({1: north, 2: latitude, 3: east, 4: longitude})
    return notes


def empty_png(width: int, height: int) -> bytes:
    """Give a black one-bit PNG of any size: its rows shrink to almost nothing."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def package(kind: str = "docx", *, body: str = "", parts: Mapping[str, bytes] | None = None, types: str = "") -> bytes:
    """Give an office package whose main part holds `body`, with further `parts`; `types` replaces its main type."""
    name, main = _MAIN[kind]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/{name}" ContentType="{types or main}"/></Types>',
        )
        file.writestr(name, body or f'<w:document xmlns:w="{WORD_NS}"/>')
        for part, data in (parts or {}).items():
            file.writestr(part, data)
    return content.getvalue()


def word(*paragraphs: str) -> bytes:
    """Give a docx with these paragraphs, each in runs of three signs, as Word cuts them."""
    texts = (
        "<w:p>" + "".join(f"<w:r><w:t>{text[at : at + 3]}</w:t></w:r>" for at in range(0, len(text), 3)) + "</w:p>"
        for text in paragraphs
    )
    return package(body=f'<w:document xmlns:w="{WORD_NS}"><w:body>{"".join(texts)}</w:body></w:document>')


def compound(*names: str) -> bytes:
    """Give an older office file (OLE2) whose directory holds these names."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 40, 0, 1, 1, 0, 4096, end, 0, end, 0)
    struct.pack_into("<109I", header, 76, 0, *[free] * 108)
    entries = b"".join(_entry(name) for name in ("Root Entry", *names))
    sectors = -(-len(entries) // 512)
    links = [table, *range(2, sectors + 1), end]
    return bytes(header) + struct.pack("<128I", *links, *[free] * (128 - len(links))) + entries.ljust(sectors * 512, b"\0")


def _entry(name: str) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    return (encoded.ljust(64, b"\0") + struct.pack("<HB", len(encoded), 2)).ljust(128, b"\0")


def film(brand: bytes = b"isom", data: bytes = bytes(1000)) -> bytes:
    """Give an MP4 with an index and a little data."""
    boxes = ((b"ftyp", brand + bytes(8)), (b"moov", bytes(100)), (b"mdat", data))
    return b"".join(struct.pack(">I", 8 + len(data)) + kind + data for kind, data in boxes)
