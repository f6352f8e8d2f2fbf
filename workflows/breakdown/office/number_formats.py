"""Numbers and dates of a worksheet as people see them: 1.50, 60%, 2026年8月28日, 三."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from workflows.breakdown.office.numerals import counting, digits, full_width, legal

#: What the numbers of formats mean that files need not spell out; dates as a Chinese Excel shows them.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    49: "@",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    30: "m/d/yy",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    45: "mm:ss",
    47: "mm:ss",
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<half>AM/PM|A/P|上午/下午)|(?P<general>General|G/通用格式)'
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4})|(?P<digits>[0#?]+(?:,[0#?]+)*,*(?:\.[0#?]*)?|\.[0#?]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|[^;])*', re.DOTALL)
_CONDITION = re.compile(r"[<>=]")
_CURRENCY = re.compile(r"\$([^-]+)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WEEKDAYS = "一二三四五六日"
_SECONDS = 86_400
_LAST_SERIAL = 2_958_466  # 31 December 9999
_FAKE_DAY = 60  # 29 February 1900, which Excel counts and the calendar does not
_WHOLE = 15
_SHOWN = 11


@dataclass(frozen=True)
class _Piece:
    """One piece of a format: `kind` literal, date, digits, general, half or style (DBNum …)."""

    kind: str
    text: str


def shown(value: str, code: str, *, since_1904: bool = False) -> str:
    """Give a stored number as its format shows it; formats this does not know show it plainly."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    pieces, number = _section(code, number)
    if pieces is None:
        return plain(number)
    kinds = {piece.kind for piece in pieces}
    if "date" in kinds and "digits" not in kinds:
        return _date(pieces, number, since_1904=since_1904)
    return _number(pieces, number)


def plain(number: Decimal) -> str:
    """Give a number without a format: no tail of binary fractions, no exponent."""
    places = _WHOLE if number == number.to_integral_value() else _SHOWN
    text = f"{Decimal(f'{number:.{places}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _section(code: str, number: Decimal) -> tuple[list[_Piece] | None, Decimal]:
    """Choose the part of a format that holds for this number; None where conditions would decide."""
    parts = [match.group() for match in _SECTION.finditer(code)][:7:2] if ";" in code else [code]
    pieces = [_pieces(part) for part in parts]
    if any(piece.kind == "style" and _CONDITION.search(piece.text) for part in pieces for piece in part):
        return None, number
    if number < 0 and len(pieces) > 1:
        return pieces[1], -number
    if number == 0 and len(pieces) > 2:  # noqa: PLR2004 - positive, negative, zero
        return pieces[2], number
    return pieces[0], number


def _pieces(section: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    for match in _TOKEN.finditer(section):
        kind = match.lastgroup
        if kind == "bracket":
            bracket = match.group("bracket")
            currency = _CURRENCY.match(bracket)
            pieces.append(_Piece("literal", currency.group(1)) if currency else _bracketed(bracket))
        elif kind in {"quoted", "escaped", "other"}:
            pieces.append(_Piece("literal", match.group(kind)))
        elif kind is not None:
            pieces.append(_Piece(kind, match.group()))
    return pieces


def _bracketed(bracket: str) -> _Piece:
    elapsed = re.fullmatch(r"h+|m+|s+", bracket, re.IGNORECASE)
    return _Piece("elapsed" if elapsed else "style", bracket)


def _number(pieces: list[_Piece], number: Decimal) -> str:
    numerals = _numerals(pieces)
    percent = sum(piece.kind == "literal" and piece.text == "%" for piece in pieces)
    scaled = number * 100**percent
    places = [piece for piece in pieces if piece.kind in {"digits", "general"}]
    if len(places) > 1 or any(piece.kind in {"date", "elapsed"} for piece in pieces):
        return plain(number)  # fractions, telephone numbers, lengths of time
    said = ""
    for piece in pieces:
        if piece.kind == "digits":
            said += _digits(piece.text, scaled)
        elif piece.kind == "general":
            said += numerals(scaled) or plain(scaled)
        elif piece.kind == "literal":
            said += plain(number) if piece.text == "@" else piece.text
    if len(places) == 1 and places[0].kind == "digits" and (in_words := numerals(scaled)):
        said = said.replace(_digits(places[0].text, scaled), in_words)
    exponent = "E" in said or "e" in said
    return plain(number) if exponent else said.strip()


def _digits(pattern: str, number: Decimal) -> str:
    whole, _, fraction = pattern.partition(".")
    thousands = len(whole) - len(whole.rstrip(","))
    grouped = "," in whole.rstrip(",")
    whole = whole.replace(",", "")
    scaled = (number / 1000**thousands).quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    before, _, after = f"{abs(scaled):f}".partition(".")
    before = before.lstrip("0").rjust(whole.count("0"), "0")
    if grouped and before:
        before = f"{int(before):,}"
    least = len(fraction.rstrip("#?"))
    after = after[:least] + after[least:].rstrip("0")
    sign = "-" if scaled < 0 else ""
    return sign + (before or ("0" if not after else "")) + (f".{after}" if after else "")


def _numerals(pieces: list[_Piece]) -> Callable[[Decimal], str]:
    """Give how [DBNum1] … [DBNum3] write whole numbers; "" for others."""
    names = {piece.text.upper() for piece in pieces if piece.kind == "style"}

    def written(number: Decimal) -> str:
        if number != number.to_integral_value() or not 0 < number <= 9999:  # noqa: PLR2004
            return ""
        whole = int(number)
        if "DBNUM1" in names:
            words = counting(whole)
            return f"一{words}" if words.startswith("十") else words
        if "DBNUM2" in names:
            return legal(whole)
        return full_width(whole) if "DBNUM3" in names else ""

    return written


def _date(pieces: list[_Piece], serial: Decimal, *, since_1904: bool) -> str:
    moment = _moment(serial, since_1904=since_1904)
    if moment is None:
        return plain(serial)
    half = any(piece.kind == "half" for piece in pieces)
    in_words = any(piece.text.upper() == "DBNUM1" for piece in pieces if piece.kind == "style")
    said: list[str] = []
    times = [place for place, piece in enumerate(pieces) if piece.kind == "date"]
    for place, piece in enumerate(pieces):
        if piece.kind == "date":
            near = times.index(place)
            before = pieces[times[near - 1]].text if near else ""
            after = pieces[times[near + 1]].text if near + 1 < len(times) else ""
            minutes = before[:1] in {"h", "H"} or after[:1] in {"s", "S"}
            said.append(_part(piece.text.lower(), moment, minutes=minutes, half=half, in_words=in_words))
        elif piece.kind == "half":
            said.append(_half(piece.text, moment))
        elif piece.kind == "literal" and piece.text != "@":
            said.append(piece.text)
    return "".join(said).strip()


def _moment(serial: Decimal, *, since_1904: bool) -> datetime | None:
    if not 0 <= serial < _LAST_SERIAL:
        return None
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 if serial >= _FAKE_DAY else 31)  # noqa: DTZ001 - a worksheet knows no zone
    seconds = int((serial * _SECONDS).to_integral_value(ROUND_HALF_UP))
    try:
        return first + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _part(word: str, moment: datetime, *, minutes: bool, half: bool, in_words: bool) -> str:
    sign = word[0]
    if sign == "y":
        year = f"{moment.year:04d}" if len(word) > 2 else f"{moment.year % 100:02d}"  # noqa: PLR2004 - yy or yyyy
        return "".join(digits(int(one)) for one in year) if in_words else year
    if sign == "a" or (sign == "d" and len(word) > 2):  # noqa: PLR2004 - ddd names the day of the week
        return ("周" if len(word) == 3 else "星期") + _WEEKDAYS[moment.weekday()]  # noqa: PLR2004 - aaa or aaaa
    if sign == "m" and not minutes and len(word) > 2:  # noqa: PLR2004 - mmm names the month
        return _MONTHS[moment.month - 1]
    hour = (moment.hour % 12 or 12) if half else moment.hour
    values = {"m": moment.minute if minutes else moment.month, "d": moment.day, "h": hour, "s": moment.second}
    value = values[sign]
    if in_words:
        return counting(value)
    return f"{value:02d}" if len(word.partition(".")[0]) > 1 else str(value)


def _half(word: str, moment: datetime) -> str:
    afternoon = moment.hour >= 12  # noqa: PLR2004 - noon
    if word == "上午/下午":
        return "下午" if afternoon else "上午"
    return "PM" if afternoon else "AM"
