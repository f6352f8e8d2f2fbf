"""The drawing board of the demonstration: a canvas the size of a photograph and the things that recur on it."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from workflows.dossier import typefaces

WIDTH, HEIGHT = 1600, 1200

Colour = tuple[int, int, int]
#: Left, top, right, bottom in pixels.
Area = tuple[float, float, float, float]

WHITE, INK, RED, VEST = (255, 255, 255), (45, 48, 54), (192, 38, 38), (214, 52, 44)
_SKINS = ((246, 214, 186), (238, 200, 168), (228, 186, 152))
_HAIRS = ((38, 34, 32), (58, 46, 40), (92, 88, 86))
_CLOTHES = ((72, 108, 156), (92, 128, 98), (176, 122, 82), (120, 92, 138), (64, 120, 130), (186, 150, 76), (110, 116, 126))
_LEAVES = ((82, 138, 82), (98, 152, 84), (70, 122, 92))


@dataclass(frozen=True)
class Canvas:
    """What is drawn on, and the dice that make each picture another one."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    dice: Random

    def tint(self, colour: Colour, by: int = 14) -> Colour:
        """Give a colour a little lighter or darker, by chance."""
        shift = self.dice.randint(-by, by)
        red, green, blue = (min(255, max(0, part + shift)) for part in colour)
        return (red, green, blue)


def blank(dice: Random) -> Canvas:
    """Make an empty canvas."""
    image = Image.new("RGB", (WIDTH, HEIGHT), WHITE)
    return Canvas(image, ImageDraw.Draw(image), dice)


@cache
def face(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Give the document typeface in a size of `size` pixels."""
    name = typefaces.SEMIBOLD if bold else typefaces.REGULAR
    return ImageFont.truetype(BytesIO(typefaces.face(name)), size)


def shade(canvas: Canvas, area: Area, top: Colour, bottom: Colour) -> None:
    """Fill an area with a colour that turns into another from top to bottom."""
    left, high, right, low = (int(side) for side in area)
    size = (right - left, low - high)
    ramp = Image.linear_gradient("L").resize(size)
    canvas.image.paste(Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp), (left, high))


def words(canvas: Canvas, centre: tuple[float, float], text: str, size: int, colour: Colour = WHITE) -> None:
    """Write a short text around a point."""
    canvas.draw.text(centre, text, fill=colour, font=face(size, bold=True), anchor="mm")


def banner(canvas: Canvas, area: Area, text: str) -> None:
    """Hang a red banner; the text is made to fit."""
    left, high, right, low = area
    canvas.draw.rectangle(area, fill=canvas.tint(RED, 10))
    size = int(min((low - high) * 0.55, (right - left) * 0.9 / max(1, len(text))))
    words(canvas, ((left + right) / 2, (high + low) / 2), text, size, (255, 236, 180))


def person(canvas: Canvas, foot: tuple[float, float], height: float, coat: Colour | None = None) -> None:
    """Put a standing person; `foot` is where they stand."""
    x, y = foot
    draw, dice = canvas.draw, canvas.dice
    head = height * 0.075
    colour = coat or canvas.tint(dice.choice(_CLOTHES))
    legs = canvas.tint((62, 66, 82))
    for side in (-1, 1):
        draw.rounded_rectangle(
            (x + side * head * 0.8 - head * 0.6, y - height * 0.48, x + side * head * 0.8 + head * 0.6, y), head * 0.4, fill=legs
        )
        arm = x + side * head * 1.95
        draw.rounded_rectangle((arm - head * 0.45, y - height * 0.8, arm + head * 0.45, y - height * 0.44), head * 0.4, fill=colour)
    draw.rounded_rectangle((x - head * 1.7, y - height * 0.83, x + head * 1.7, y - height * 0.42), head * 0.7, fill=colour)
    bust(canvas, (x, y - height * 0.91), head)


def bust(canvas: Canvas, centre: tuple[float, float], head: float) -> None:
    """Put a head with hair."""
    x, y = centre
    hair = canvas.dice.choice(_HAIRS)
    canvas.draw.ellipse((x - head * 1.08, y - head * 1.2, x + head * 1.08, y + head), fill=hair)
    canvas.draw.ellipse((x - head * 0.92, y - head * 0.72, x + head * 0.92, y + head * 1.12), fill=canvas.dice.choice(_SKINS))


def seated(canvas: Canvas, place: tuple[float, float], size: float, coat: Colour | None = None) -> None:
    """Put a person seen from the front behind a table; `place` is the middle of the table's edge."""
    x, y = place
    colour = coat or canvas.tint(canvas.dice.choice(_CLOTHES))
    canvas.draw.rounded_rectangle((x - size * 0.42, y - size * 0.5, x + size * 0.42, y + size * 0.1), size * 0.18, fill=colour)
    bust(canvas, (x, y - size * 0.74), size * 0.24)


def from_behind(canvas: Canvas, place: tuple[float, float], size: float) -> None:
    """Put a listener seen from behind; `place` is the middle of the chair's lower edge."""
    x, y = place
    colour = canvas.tint(canvas.dice.choice(_CLOTHES))
    canvas.draw.rounded_rectangle((x - size * 0.46, y - size * 0.72, x + size * 0.46, y), size * 0.2, fill=colour)
    canvas.draw.ellipse((x - size * 0.25, y - size * 1.24, x + size * 0.25, y - size * 0.68), fill=canvas.dice.choice(_HAIRS))


def tree(canvas: Canvas, foot: tuple[float, float], height: float) -> None:
    """Plant a tree."""
    x, y = foot
    canvas.draw.rectangle((x - height * 0.035, y - height * 0.5, x + height * 0.035, y), fill=canvas.tint((112, 86, 64)))
    for _ in range(7):
        radius = height * canvas.dice.uniform(0.14, 0.22)
        left = x + canvas.dice.uniform(-0.2, 0.2) * height
        high = y - height * canvas.dice.uniform(0.48, 0.85)
        leaf = canvas.tint(canvas.dice.choice(_LEAVES))
        canvas.draw.ellipse((left - radius, high - radius, left + radius, high + radius), fill=leaf)


def windows(canvas: Canvas, area: Area, columns: int, rows: int) -> None:
    """Put rows of windows into a wall."""
    left, high, right, low = area
    wide, tall = (right - left) / columns, (low - high) / rows
    for number in range(columns * rows):
        x, y = left + number % columns * wide, high + number // columns * tall
        glass = canvas.tint((150, 184, 206), 22)
        canvas.draw.rectangle((x + wide * 0.2, y + tall * 0.2, x + wide * 0.8, y + tall * 0.8), fill=glass)


def skyline(canvas: Canvas, ground: float, tallest: float) -> None:
    """Put a row of houses from one side to the other, standing on `ground`."""
    walls = ((222, 212, 196), (206, 214, 220), (228, 220, 208), (198, 190, 182), (214, 200, 188))
    x = -canvas.dice.uniform(0, 120)
    while x < WIDTH:
        wide, tall = canvas.dice.uniform(150, 300), tallest * canvas.dice.uniform(0.5, 1)
        canvas.draw.rectangle((x, ground - tall, x + wide, ground), fill=canvas.tint(canvas.dice.choice(walls)))
        windows(canvas, (x + 12, ground - tall + 20, x + wide - 12, ground - 40), int(wide // 55), max(1, int(tall // 70)))
        x += wide + canvas.dice.uniform(0, 16)


def sky(canvas: Canvas, low: float) -> None:
    """Fill the upper part with a sky, a sun's haze and some clouds."""
    top = canvas.dice.choice(((118, 170, 218), (140, 186, 224), (166, 192, 214)))
    shade(canvas, (0, 0, WIDTH, low), top, (232, 238, 240))
    for _ in range(canvas.dice.randint(2, 4)):
        x, y = canvas.dice.uniform(0, WIDTH), canvas.dice.uniform(40, low * 0.4)
        for part in range(5):
            radius = canvas.dice.uniform(24, 52)
            canvas.draw.ellipse((x + part * 44 - radius, y - radius * 0.6, x + part * 44 + radius, y + radius * 0.6), fill=(246, 248, 250))


def room(canvas: Canvas, wall: Colour, floor: Colour) -> None:
    """Fill the canvas with a wall, a floor with joints and a line of lamps."""
    shade(canvas, (0, 0, WIDTH, 760), canvas.tint(wall, 8), canvas.tint(wall, 4))
    shade(canvas, (0, 760, WIDTH, HEIGHT), canvas.tint(floor, 8), canvas.tint(floor, 20))
    canvas.draw.rectangle((0, 748, WIDTH, 764), fill=canvas.tint((186, 178, 168)))
    for x in range(-1600, 3300, 200):
        canvas.draw.line((800 + (x - 800) * 0.55, 764, x, HEIGHT), fill=canvas.tint(floor, 12), width=3)
    for x in (250, 800, 1350):
        canvas.draw.rounded_rectangle((x - 130, 26, x + 130, 46), 10, fill=(255, 252, 238))
