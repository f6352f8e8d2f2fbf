"""The typefaces of documents: TrueType faces that come with the product, and which characters they hold.

Whatever machine renders a document, it is set in these faces only. A character none of them has (an emoji in a
caption) is written out by its code, so that nothing is lost and no reader shows an empty box.
"""

from functools import cache
from importlib import resources

from fontTools.ttLib import TTFont

FAMILY = "Juanzong Serif"
_FULL_FAMILY = "Juanzong Serif Full"
REGULAR, SEMIBOLD = "NotoSerifSC-Regular-GB2312.ttf", "NotoSerifSC-SemiBold-GB2312.ttf"
FULL = "NotoSerifSC-Regular.ttf"
_FACES = ((FAMILY, 400, REGULAR), (FAMILY, 600, SEMIBOLD), (_FULL_FAMILY, 400, FULL))
_folder = resources.files("workflows") / "dossier" / "fonts"
#: Characters that move the text and draw nothing.
_BLANK = frozenset("\t\n")


def face(name: str) -> bytes:
    """Give the bytes of a shipped face. Raises FileNotFoundError for any other name."""
    if name not in {file for _, _, file in _FACES}:
        raise FileNotFoundError(name)
    return (_folder / name).read_bytes()


def style_sheet(scheme: str) -> str:
    """Give the rules that load the faces from `scheme:` and set every document in them."""
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{scheme}:{file}"); }}\n'
        for family, weight, file in _FACES
    )
    return f'{faces}:root {{ font-family: "{FAMILY}", "{_FULL_FAMILY}"; }}\n'


def printable(text: str) -> str:
    """Give `text` with every character the faces lack written as its code, such as 〔U+1F600〕."""
    if _held().issuperset(text):
        return text
    return "".join(char if char in _held() else f"〔U+{ord(char):04X}〕" for char in text)


@cache
def _held() -> frozenset[str]:
    with (_folder / FULL).open("rb") as file, TTFont(file, lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap()) | _BLANK
