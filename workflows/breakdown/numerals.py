"""Numbers as tables write them: digits of both widths, with thousands commas, and Chinese numerals up to 万."""

import re
from collections.abc import Iterable
from decimal import Decimal

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = 10_000
_PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,4})?", re.ASCII)

#: A number in digits (either width) or Chinese numerals, for patterns over text that was made `narrow`.
NUMBER = r"(?<![\d.])(?:\d{1,3}(?:,\d{3}){1,2}(?!\d)|\d{1,9}(?:\.\d{1,4})?(?![\d.])[千百]?|[一二两三四五六七八九十百千]{1,7})"

_WIDE = str.maketrans("０１２３４５６７８９．％＋－～＞＜＝×＊：（）", "0123456789.%+-~><=×*:()")


def narrow(text: str) -> str:
    """Give a text with digits and signs in their narrow form; as long as before, so that places stay."""
    return text.translate(_WIDE)


def blanked(text: str, spans: Iterable[tuple[int, int]], mark: str) -> str:
    """Give a text with some parts overwritten by a mark; as long as before, so that places stay."""
    signs = list(text)
    for start, stop in spans:
        signs[start:stop] = mark * (stop - start)
    return "".join(signs)


def number_of(text: str) -> Decimal:
    """Read a number, in digits or in Chinese up to 9999万. Raises ValueError for what is none."""
    digits = narrow(text).replace(",", "")
    myriads, myriad, rest = digits.rpartition("万")
    value = _below_myriad(rest) if rest or not myriad else Decimal(0)
    return value + (_below_myriad(myriads) * _MYRIAD if myriad else 0)


def plain_number(text: str) -> int:
    """Read a whole number; nothing written means one (每月, 每周)."""
    return int(number_of(text)) if text else 1


def _below_myriad(text: str) -> Decimal:
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if text[-1:] in _TENS and _PLAIN.fullmatch(text[:-1]):
        return Decimal(text[:-1]) * _TENS[text[-1]]
    total = digit = 0
    for sign in text:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        elif sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            raise ValueError(text)
    if not text:
        raise ValueError(text)
    return Decimal(total + digit)
