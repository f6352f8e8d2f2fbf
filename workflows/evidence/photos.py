"""Photos: whether they are whole, how large people see them, what the camera wrote, how sharp they are, how they look."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pillow_heif
from PIL import Image, ImageFilter, ImageStat

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence import camera_notes, overlays
from workflows.evidence.camera_notes import FAULTS, orientation_of
from workflows.evidence.formats import DAMAGED, Format
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.likeness import likeness

PIXELS_AT_MOST = 50_000_000
_TOO_LARGE = N_("{name} has more than {limit} million pixels. Save it smaller and try again.")
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

#: How to turn the pixels of a photo upright, by the orientation its camera wrote.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})

#: Sharpness, likeness and what is written over a photo are judged at one size, so that different cameras compare.
_JUDGED = 1024
_LAPLACIAN = (0, 1, 0, 1, -4, 1, 0, 1, 0)
#: The sum of the 64 steps of brightness in the JPEG standard's own table, which stands for a quality of 50.
_STANDARD_TABLE = 3692

pillow_heif.options.DECODE_THREADS = 1
pillow_heif.register_heif_opener(thumbnails=False)


def examine(path: Path, found: Format) -> ExaminedFile:
    """Decode a photo and read what its camera wrote. Raises Invalid: damaged, cut off or too large."""
    with opened(path) as image:
        turn, notes, quality = orientation_of(image), camera_notes.read(image), _jpeg_quality(image)
        width, height = image.size[::-1] if turn in _ON_ITS_SIDE else image.size
        judged = upright(_judged(image), turn)
    grey = judged.convert("L")
    hash_ = likeness(grey)
    return ExaminedFile(
        found.media_type,
        found.kind,
        width=width,
        height=height,
        perceptual_hash=None if hash_ is None else f"{hash_:016x}",
        sharpness=_sharpness(grey),
        jpeg_quality=quality,
        overlays=overlays.found(judged),
        **asdict(notes),
    )


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open a photo whose size may be decoded. Raises Invalid for others, also for faults met inside the `with`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is checked here, at our own limit
            image = Image.open(path, formats=FORMATS)
        with image:
            if image.width * image.height > PIXELS_AT_MOST:
                raise Invalid(_TOO_LARGE, limit=PIXELS_AT_MOST // 1_000_000)
            yield image
    except Image.DecompressionBombError as error:
        raise Invalid(_TOO_LARGE, limit=PIXELS_AT_MOST // 1_000_000) from error
    except FAULTS as error:
        raise Invalid(DAMAGED) from error


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn the pixels of a photo as its camera was held."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def on_white(image: Image.Image, longest: int) -> Image.Image:
    """Give a photo in colours, what is see-through on white, no larger than `longest`."""
    if not image.has_transparency_data:
        picture = image.convert("RGB")
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return picture
    clear = image.convert("RGBA")
    clear.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = Image.new("RGB", clear.size, "white")
    picture.paste(clear, mask=clear.getchannel("A"))
    return picture


def _judged(image: Image.Image) -> Image.Image:
    # A JPEG is decoded at a fraction of its size, but to its last byte: one that is cut off is found.
    image.draft("RGB", (_JUDGED, _JUDGED))
    return on_white(image, _JUDGED)


def _jpeg_quality(image: Image.Image) -> int | None:
    """Reckon how strongly a JPEG was compressed, 1 to 100 as programs number it; None for other kinds."""
    tables: dict[int, list[int]] | None = getattr(image, "quantization", None)
    if image.format not in {"JPEG", "MPO"} or not tables:
        return None
    scale = 100 * sum(tables[min(tables)]) / _STANDARD_TABLE
    quality = 100 - scale / 2 if scale <= 100 else 5000 / scale  # noqa: PLR2004 - the two halves of the usual formula
    return max(1, min(100, round(quality)))


def _sharpness(grey: Image.Image) -> float:
    """Give the variance of the Laplacian. Filters cannot go below zero, so both signs are taken on their own."""
    if min(grey.size) < 3:  # noqa: PLR2004 - the width of the filter
        return 0.0
    up, down = _filtered(grey, 1), _filtered(grey, -1)
    mean = up.mean[0] - down.mean[0]
    return round((up.sum2[0] + down.sum2[0]) / up.count[0] - mean * mean, 3)


def _filtered(grey: Image.Image, sign: int) -> ImageStat.Stat:
    edges = grey.filter(ImageFilter.Kernel((3, 3), [sign * weight for weight in _LAPLACIAN], scale=1))
    # The filter leaves the outermost points as they were.
    return ImageStat.Stat(edges.crop((1, 1, grey.width - 1, grey.height - 1)))
