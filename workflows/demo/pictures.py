"""Photographs of the demonstration: drawn scenes with grain, light and EXIF time, each marked 演示样例."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from workflows.demo import indoors, outdoors
from workflows.demo.drawing import Canvas, blank, face

BEIJING = timezone(timedelta(hours=8))
MARK = "演示样例"

SCENES: dict[str, Callable[[Canvas], None]] = {
    scene.__name__: scene
    for scene in (
        outdoors.street,
        outdoors.crossing,
        outdoors.market,
        outdoors.estate,
        outdoors.hoarding,
        outdoors.park,
        indoors.classroom,
        indoors.clinic,
        indoors.counter,
        indoors.library,
        indoors.lecture,
        indoors.canteen,
        indoors.notice_board,
        indoors.care,
        indoors.volunteers,
    )
}

_QUALITY = 84
_TILE = 400
#: EXIF (CIPA DC-008): the tags of the main directory and of the one for the exposure.
_MAKE, _MODEL, _CHANGED, _EXPOSURE, _TAKEN, _ZONE = 0x010F, 0x0110, 0x0132, 0x8769, 0x9003, 0x9011


def photograph(scene: str, seed: str, taken_at: datetime) -> bytes:
    """Draw a scene as a JPEG of 1600 × 1200; the same arguments give the same bytes. Raises KeyError for a scene nobody drew."""
    dice = Random(seed)  # noqa: S311 - dice for drawing, not for secrets
    canvas = blank(dice)
    SCENES[scene](canvas)
    image = canvas.image.filter(ImageFilter.GaussianBlur(1.1))
    image = ImageEnhance.Brightness(image).enhance(dice.uniform(0.9, 1.06))
    image = grained(ImageEnhance.Color(image).enhance(dice.uniform(0.85, 1.1)), dice, 0.055)
    stamp(image)
    return jpeg(image, taken_at)


def grained(image: Image.Image, dice: Random, strength: float) -> Image.Image:
    """Lay the grain of a sensor over a picture; `strength` is the part of the full range it moves."""
    tile = Image.frombytes("L", (_TILE, _TILE), dice.randbytes(_TILE * _TILE))
    tile = tile.point([round(128 + (value - 128) * strength) for value in range(256)])
    grain = Image.new("L", image.size)
    for left in range(0, image.width, _TILE):
        for top in range(0, image.height, _TILE):
            grain.paste(tile, (left, top))
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def stamp(image: Image.Image) -> None:
    """Write 演示样例 into the lower right corner, on a dark plate, so that nobody takes the picture for a real one."""
    text = f"{MARK} · 云江市为虚构城市"
    font = face(max(26, image.width // 44), bold=True)
    plate = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(plate)
    place = (image.width - 40, image.height - 36)
    left, top, right, bottom = draw.textbbox(place, text, font=font, anchor="rs")
    draw.rounded_rectangle((left - 20, top - 12, right + 20, bottom + 12), 12, fill=(20, 24, 32, 150))
    draw.text(place, text, font=font, anchor="rs", fill=(255, 255, 255, 235))
    image.paste(plate, (0, 0), plate)


def jpeg(image: Image.Image, taken_at: datetime) -> bytes:
    """Write a JPEG that says when it was taken, in Beijing time."""
    moment = taken_at.astimezone(BEIJING).strftime("%Y:%m:%d %H:%M:%S")
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_CHANGED] = "Juanzong", "Demonstration", moment
    exposure = exif.get_ifd(_EXPOSURE)
    exposure[_TAKEN], exposure[_ZONE] = moment, "+08:00"
    written = BytesIO()
    image.save(written, "JPEG", quality=_QUALITY, exif=exif)
    return written.getvalue()
