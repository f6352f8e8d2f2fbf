"""Photos: whether they are whole, how large people see them, when and where they were taken, how sharp they are."""

import math
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from PIL import ExifTags, Image, ImageFilter, ImageStat
from pillow_heif import register_heif_opener

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence.formats import DAMAGED, Format
from workflows.evidence.intake import ExaminedFile

PIXELS_AT_MOST = 50_000_000
_TOO_LARGE = N_("{name} has more than {limit} million pixels. Save it smaller and try again.")
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

register_heif_opener(thumbnails=False, decode_threads=1)

_BEIJING = timezone(timedelta(hours=8))
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

#: Sharpness and likeness are judged at one size, so that photos of different cameras compare.
_JUDGED = 1024
_LAPLACIAN = (0, 1, 0, 1, -4, 1, 0, 1, 0)
_CAMERA_CHARS = 100

#: What Pillow raises over data that contradicts itself.
_FAULTS = (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, ArithmeticError, struct.error)


def examine(path: Path, found: Format) -> ExaminedFile:
    """Decode a photo and read what its camera wrote. Raises Invalid: damaged, cut off or too large."""
    with opened(path) as image:
        turn, taken_at, gps, camera = orientation_of(image), _taken_at(image), _gps(image), _camera(image)
        width, height = image.size[::-1] if turn in _ON_ITS_SIDE else image.size
        grey = upright(_grey(image), turn)
    return ExaminedFile(
        found.media_type,
        found.kind,
        width=width,
        height=height,
        taken_at=taken_at,
        gps=gps,
        camera=camera,
        perceptual_hash=_likeness(grey),
        sharpness=_sharpness(grey),
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
    except _FAULTS as error:
        raise Invalid(DAMAGED) from error


def orientation_of(image: Image.Image) -> int:
    """Give the orientation the camera wrote, 1 (upright) where there is none."""
    found = _written(image).get(ExifTags.Base.Orientation)
    return found if isinstance(found, int) else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn the pixels of a photo as its camera was held."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _written(image: Image.Image, part: int | None = None) -> Mapping[int, object]:
    # A photo with a broken note by its camera is still a photo.
    try:
        whole = image.getexif()
        return whole if part is None else whole.get_ifd(part)
    except _FAULTS:
        return {}


def _taken_at(image: Image.Image) -> datetime | None:
    notes = _written(image, ExifTags.IFD.Exif)
    pairs = (
        (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
        (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    )
    moments = (_moment(notes.get(time), notes.get(zone)) for time, zone in pairs)
    return next((moment for moment in moments if moment is not None), None)


def _moment(time: object, zone: object) -> datetime | None:
    text = str(time or "").strip(" \0")
    try:
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    try:
        return datetime.strptime(f"{text}{str(zone or '').strip(' ' + chr(0))}", "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        return moment.replace(tzinfo=_BEIJING)  # cameras of the time wrote none


def _gps(image: Image.Image) -> tuple[float, float] | None:
    notes = _written(image, ExifTags.IFD.GPSInfo)
    latitude = _degrees(notes.get(ExifTags.GPS.GPSLatitude), notes.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = _degrees(notes.get(ExifTags.GPS.GPSLongitude), notes.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        return None
    # A phone that knows no place writes zeros.
    return None if latitude == 0 and longitude == 0 else (latitude, longitude)


def _degrees(parts: object, reference: object, negative: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:  # noqa: PLR2004 - degrees, minutes, seconds
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except _FAULTS:
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle):
        return None
    return round(-angle if str(reference).strip(" \0") == negative else angle, 7)


def _camera(image: Image.Image) -> str | None:
    notes = _written(image)
    words = [str(notes.get(tag) or "") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    text = " ".join("".join(sign for sign in word if sign.isprintable()).strip() for word in words).strip()
    return text[:_CAMERA_CHARS] or None


def _grey(image: Image.Image) -> Image.Image:
    # A JPEG is decoded at a fraction of its size, but to its last byte: one that is cut off is found.
    image.draft("L", (_JUDGED, _JUDGED))
    grey = image.convert("L")
    grey.thumbnail((_JUDGED, _JUDGED))
    return grey


def _likeness(grey: Image.Image) -> str:
    """Give the difference hash: which of two neighbours is lighter, on a raster of 9 × 8."""
    raster = grey.resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    pairs = ((row * 9 + column, row * 9 + column + 1) for row in range(8) for column in range(8))
    bits = sum((raster[left] > raster[right]) << (63 - place) for place, (left, right) in enumerate(pairs))
    return f"{bits:016x}"


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
