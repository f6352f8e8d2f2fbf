"""Signs that office fonts hide behind letters of their own: ticks, boxes, numbers in circles."""

from workflows.breakdown.office.numerals import circled

_WINGDINGS = {
    **{0x80 + number: circled(number) for number in range(1, 11)},
    **{0x8B + number: chr(ord("❶") + number - 1) for number in range(1, 11)},
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "□",
    0x75: "◆",
    0x76: "❖",
    0xA1: "○",
    0xA8: "□",
    0xD8: "➢",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_WINGDINGS_2 = {
    **{0x69 + number: circled(number) for number in range(1, 11)},
    0x50: "✓",
    0x51: "☒",
    0x52: "☑",
    0x53: "☒",
    0x54: "☒",
    0xA3: "□",
}
_SYMBOL = {0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "●"}
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "symbol": _SYMBOL}
_PRIVATE, _PRIVATE_END = 0xF000, 0xF0FF


def symbol(code: int, font: str | None) -> str:
    """Give the sign at this place of a symbol font; "" for one nobody could read aloud."""
    place = code - _PRIVATE if _PRIVATE <= code <= _PRIVATE_END else code
    return _FONTS.get((font or "").lower(), {}).get(place, "")


def without_private(text: str, font: str | None) -> str:
    """Replace characters of the private area that stand for signs of `font`."""
    if not any(_PRIVATE <= ord(sign) <= _PRIVATE_END for sign in text):
        return text
    return "".join(symbol(ord(sign), font) if _PRIVATE <= ord(sign) <= _PRIVATE_END else sign for sign in text)
