"""What seems to be written over a photo: a date stamp or the lines of a watermark camera in one of its corners.

Only a hint for people. Lines of thin strokes are looked for that are lighter than all around them (or more orange, as
the date stamps of older cameras), of one width, with quiet rows above and below, and that begin a little way from the
edge, as programs set them: a banner in the scene hangs anywhere. What is written across the whole picture, faintly, is
not found.
"""

import re
from collections.abc import Iterator, Sequence

from PIL import Image, ImageChops, ImageFilter

#: Codes, as they are kept.
STAMP = "stamp"

#: The part of the width and of the height a corner takes.
_CORNER = (0.62, 0.24)
#: Strokes are thinner than this, in points of a picture of 1024; what is left when wider things are taken away.
_THINNER_THAN = 9
_STANDS_OUT = 70
_STROKE = re.compile(rb"(?<!\xff)\xff{1,8}(?!\xff)")
#: A line of writing: so many strokes in each row, over so many rows, of much the same width.
_STROKES, _ROWS, _ROWS_AT_MOST, _QUIET = 7, 7, 48, 2
_SAME_WIDTH = 0.75
#: Where a line begins or ends, in parts of the width of the picture, from its edge; and what it leaves free further in.
_FROM_EDGE, _FREE = (0.004, 0.075), 0.02


def found(picture: Image.Image) -> tuple[str, ...]:
    """Give the codes of what is found in a colour picture whose longest side is about 1024."""
    if min(picture.size) < 64:  # noqa: PLR2004 - too small to be read
        return ()
    layers = (picture.convert("L"), _orange(picture))
    # Corners at the right are looked at in a mirror: then every line begins at the left.
    mirrored = [layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for layer in layers]
    corners = [layer.crop(corner) for layer in (*layers, *mirrored) for corner in _corners(picture.size)]
    return (STAMP,) if any(_lines(_strokes(corner), picture.width) for corner in corners) else ()


def _orange(picture: Image.Image) -> Image.Image:
    red, _, blue = picture.split()
    return ImageChops.subtract(red, blue)


def _corners(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    width, height = size
    across, down = round(width * _CORNER[0]), round(height * _CORNER[1])
    for top in (0, height - down):
        yield 0, top, across, top + down


def _strokes(layer: Image.Image) -> Image.Image:
    """Give white where a thing thinner than a stroke is much lighter than what surrounds it."""
    without = layer.filter(ImageFilter.MinFilter(_THINNER_THAN)).filter(ImageFilter.MaxFilter(_THINNER_THAN))
    return ImageChops.subtract(layer, without).point(lambda value: 255 if value > _STANDS_OUT else 0)


def _lines(strokes: Image.Image, whole: int) -> bool:
    content, width = strokes.tobytes(), strokes.width
    rows = [[len(one) for one in _STROKE.findall(content[at : at + width])] for at in range(0, len(content), width)]
    return any(
        _is_writing(rows, first, last) and _is_set(strokes.crop((0, first, width, last)), whole) for first, last in _bands(rows)
    )


def _is_set(line: Image.Image, whole: int) -> bool:
    """Say whether a line begins where programs set one and ends before the middle of the picture is reached."""
    box = line.getbbox()
    if box is None:
        return False
    nearest, furthest = (part * whole for part in _FROM_EDGE)
    return nearest <= box[0] <= furthest and box[2] <= line.width - _FREE * whole


def _bands(rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Give runs of rows with many strokes, as (first, last + 1)."""
    first = None
    for number, row in enumerate([*rows, ()]):
        if len(row) >= _STROKES and first is None:
            first = number
        elif len(row) < _STROKES and first is not None:
            yield first, number
            first = None


def _is_writing(rows: Sequence[Sequence[int]], first: int, last: int) -> bool:
    if not _ROWS <= last - first <= _ROWS_AT_MOST:
        return False
    around = [*rows[max(0, first - 12) : first], *rows[last : last + 12]]
    if sum(len(row) <= _QUIET for row in around) < 4:  # noqa: PLR2004 - rows between two lines
        return False
    widths = sorted(width for row in rows[first:last] for width in row)
    middle = widths[len(widths) // 2]
    alike = sum(middle / 2 <= width <= middle * 2 for width in widths)
    return alike >= _SAME_WIDTH * len(widths)
