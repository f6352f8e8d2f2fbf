"""The visible mark of a signature: lines of text as outlines, in a red frame.

The glyphs are drawn, not set: a stamp brings no font into the file, so a signature cannot break PDF/A, and
every reader shows the same picture.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from threading import Lock
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import StaticStampStyle
from pyhanko.stamp.static import StaticContentStamp

_FONTS = ("NotoSerifSC-SemiBold-GB2312.ttf", "NotoSerifSC-Regular.ttf")
#: The red of a seal, as sRGB.
_INK = "0.72 0.11 0.09"
_MARGIN = 4.0
_FRAME = 0.8
_LEADING = 1.3
#: The first line, the name, stands out.
_FIRST_LINE = 1.35
_LARGEST = 13.0
#: Outlines are written in whole thousandths of an em, as fonts are.
_GRID = 1000
#: What stands for a character no font has.
_MISSING = "〓"

#: Font files are read on demand, which two threads may not do at once.
_reading = Lock()


@dataclass(frozen=True)
class Glyph:
    """One outline as PDF operators in thousandths of an em, and its advance width in em."""

    path: str
    advance: float


class OutlineStamp(StaticContentStamp):
    """A stamp whose drawing is stored compressed: outlines are long."""

    def as_form_xobject(self) -> StreamObject:
        """Give the appearance stream."""
        stream: StreamObject = super().as_form_xobject()
        stream.compress()
        return stream


class OutlineStyle(StaticStampStyle):
    """The style that makes such stamps."""

    def create_stamp(self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, str]) -> OutlineStamp:  # noqa: ARG002 - the library's signature
        """Make the stamp for one field."""
        return OutlineStamp(writer=writer, style=self, box=box)


def stamp_style(lines: tuple[str, ...], width: float, height: float) -> StaticStampStyle:
    """Draw `lines` into a field of that size (points); the letters shrink until all of it fits."""
    content = RawContent(picture(lines, width, height), box=BoxConstraints(width, height))
    rule = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN, Margins.uniform(0))
    return OutlineStyle(border_width=0, background=content, background_layout=rule, background_opacity=1.0)


def picture(lines: tuple[str, ...], width: float, height: float) -> bytes:
    """Give the stamp as PDF drawing operators; the origin is the lower left corner."""
    size = _fitting_size(lines, width - 2 * _MARGIN, height - 2 * _MARGIN)
    inset = _FRAME / 2
    drawn = [
        f"{_INK} RG {_INK} rg {_FRAME} w {inset} {inset} {width - _FRAME:.2f} {height - _FRAME:.2f} re S",
    ]
    top = height - (height - _height(lines) * size) / 2
    for number, line in enumerate(lines):
        points = size * _scale(number)
        top -= points * _LEADING
        drawn.append(_line(line, points, _MARGIN, top + points * (_LEADING - 1) / 2 + points * 0.12))
    return " ".join(drawn).encode("ascii")


def _line(text: str, points: float, x: float, y: float) -> str:
    drawn = []
    for character in text:
        outline = glyph(character)
        if outline.path:
            scale = f"{points / _GRID:.5f}"
            drawn.append(f"q {scale} 0 0 {scale} {x:.2f} {y:.2f} cm {outline.path} f Q")
        x += outline.advance * points
    return " ".join(drawn)


def _fitting_size(lines: tuple[str, ...], width: float, height: float) -> float:
    widest = max((_scale(number) * _width(line) for number, line in enumerate(lines)), default=0.0)
    return min(_LARGEST, width / max(widest, 0.01), height / max(_height(lines), 0.01))


def _width(text: str) -> float:
    return sum(glyph(character).advance for character in text)


def _height(lines: tuple[str, ...]) -> float:
    return sum(_scale(number) * _LEADING for number in range(len(lines)))


def _scale(number: int) -> float:
    return _FIRST_LINE if number == 0 else 1.0


@lru_cache(maxsize=4096)
def glyph(character: str) -> Glyph:
    """Give the outline of one character from the first of our fonts that has it."""
    with _reading:
        for name in _FONTS:
            font = _font(name)
            glyph_name = font.getBestCmap().get(ord(character))
            if glyph_name is not None:
                return _outline(font, glyph_name)
    return Glyph("", 0.0) if not character.isprintable() else glyph(_MISSING)


@lru_cache(maxsize=len(_FONTS))
def _font(name: str) -> TTFont:
    file = resources.files("workflows.dossier.fonts") / name
    return TTFont(file.open("rb"), lazy=True)


def _outline(font: TTFont, name: str) -> Glyph:
    glyphs = font.getGlyphSet()
    em = font["head"].unitsPerEm
    pen = _PathPen(glyphs, _GRID / em)
    glyphs[name].draw(pen)
    return Glyph(" ".join(pen.operators), glyphs[name].width / em)


class _PathPen(BasePen):  # type: ignore[misc]
    """Collects an outline as PDF operators; quadratic curves come in as cubic ones."""

    def __init__(self, glyphs: Any, scale: float) -> None:  # noqa: ANN401 - the font library's own mapping
        super().__init__(glyphs)
        self.scale = scale
        self.operators: list[str] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - the pen protocol
        self._add(pt, operator="m")

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - the pen protocol
        self._add(pt, operator="l")

    def _curveToOne(  # noqa: N802 - the pen protocol
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._add(pt1, pt2, pt3, operator="c")

    def _closePath(self) -> None:  # noqa: N802 - the pen protocol
        self.operators.append("h")

    def _add(self, *points: tuple[float, float], operator: str) -> None:
        numbers = (str(round(value * self.scale)) for point in points for value in point)
        self.operators.append(" ".join([*numbers, operator]))
