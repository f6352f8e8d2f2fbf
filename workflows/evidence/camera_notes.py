"""What a camera wrote into a photo (EXIF): how it was held, when and where the photo was taken, with what.

Read from JPEG, WebP, HEIC and PNG (eXIf). Notes that say nothing, or contradict themselves, are left out: a photo with
a broken note is still a photo.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from PIL import ExifTags, Image

#: What Pillow raises over data that contradicts itself.
FAULTS = (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, ArithmeticError, struct.error)

_BEIJING = timezone(timedelta(hours=8))
_WORDS_CHARS = 100
_ZONE_CHARS = 6


@dataclass(frozen=True)
class CameraNotes:
    """What is written: the moment with the zone beside it (None: Beijing is assumed), the place in degrees, the device."""

    taken_at: datetime | None
    taken_zone: str | None
    gps: tuple[float, float] | None
    camera: str | None
    software: str | None


def read(image: Image.Image) -> CameraNotes:
    """Read the notes of an open photo."""
    taken_at, zone = _taken(image)
    return CameraNotes(taken_at, zone, _gps(image), _device(image), _printable(written(image).get(ExifTags.Base.Software)))


def orientation_of(image: Image.Image) -> int:
    """Give the orientation the camera wrote, 1 (upright) where there is none."""
    found = written(image).get(ExifTags.Base.Orientation)
    return found if isinstance(found, int) else 1


def written(image: Image.Image, part: int | None = None) -> Mapping[int, object]:
    """Give all notes, or those of one part; empty where they cannot be read."""
    try:
        whole = image.getexif()
        return whole if part is None else whole.get_ifd(part)
    except FAULTS:
        return {}


def _taken(image: Image.Image) -> tuple[datetime | None, str | None]:
    notes = written(image, ExifTags.IFD.Exif)
    pairs = (
        (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
        (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    )
    for time, zone in pairs:
        moment, told = _moment(_bare(notes.get(time)), _bare(notes.get(zone)))
        if moment is not None:
            return moment, told
    return None, None


def _moment(time: str, zone: str) -> tuple[datetime | None, str | None]:
    try:
        moment = datetime.strptime(time, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None, None
    try:
        return datetime.strptime(f"{time}{zone}", "%Y:%m:%d %H:%M:%S%z"), zone[:_ZONE_CHARS]
    except ValueError:
        return moment.replace(tzinfo=_BEIJING), None  # cameras of the time wrote none


def _bare(text: object) -> str:
    return str(text or "").strip(" \0")


def _gps(image: Image.Image) -> tuple[float, float] | None:
    notes = written(image, ExifTags.IFD.GPSInfo)
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
    except FAULTS:
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle):
        return None
    return round(-angle if _bare(reference) == negative else angle, 7)


def _device(image: Image.Image) -> str | None:
    notes = written(image)
    words = [_printable(notes.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    return " ".join(word for word in words if word)[:_WORDS_CHARS].strip() or None


def _printable(text: object) -> str | None:
    return "".join(sign for sign in str(text or "") if sign.isprintable()).strip()[:_WORDS_CHARS] or None
