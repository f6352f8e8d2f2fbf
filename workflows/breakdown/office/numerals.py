"""Whole numbers in the ways Chinese documents count: 一、二、十一, 壹, ①, Ⅳ, 甲."""

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "十", "百", "千")
_LEGAL_PLACES = ("", "拾", "佰", "仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
_LETTERS = 26
_LARGEST = 9999


def counting(number: int) -> str:
    """Count as people write lists: 一, 十, 十一, 二十, 一百零一."""
    words = _placed(number, _DIGITS.replace("〇", "零"), _PLACES)
    return words[1:] if words.startswith("一十") else words


def legal(number: int) -> str:
    """Count in the numerals of contracts: 壹, 壹拾, 贰拾."""
    return _placed(number, _LEGAL_DIGITS, _LEGAL_PLACES)


def digits(number: int) -> str:
    """Write the digits one by one: 二〇二六."""
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def full_width(number: int) -> str:
    """Write the digits as wide as ideographs."""
    return "".join(chr(0xFF10 + int(digit)) for digit in str(number))


def roman(number: int) -> str:
    """Count in Roman numerals."""
    if not 0 < number <= _LARGEST:
        return str(number)
    words = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        words += sign * count
    return words


def letters(number: int) -> str:
    """Count A … Z, AA, BB."""
    if not 0 < number <= _LARGEST:
        return str(number)
    times, place = divmod(number - 1, _LETTERS)
    return chr(ord("A") + place) * (times + 1)


def circled(number: int) -> str:
    """Give ① … ㊿; a number without a sign of its own stands in brackets."""
    for first, last, sign in ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱")):
        if first <= number <= last:
            return chr(ord(sign) + number - first)
    return f"({number})"


def _placed(number: int, signs: str, places: tuple[str, ...]) -> str:
    if not 0 < number <= _LARGEST:
        return signs[0] if number == 0 else str(number)
    words = ""
    skipped = False
    for power in range(len(places) - 1, -1, -1):
        digit = number // 10**power % 10
        if digit:
            words += (signs[0] if skipped and words else "") + signs[digit] + places[power]
        skipped = not digit
    return words


def _signs(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else str(number)


_LISTS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": roman,
    "lowerRoman": lambda number: roman(number).lower(),
    "upperLetter": letters,
    "lowerLetter": lambda number: letters(number).lower(),
    "chineseCounting": counting,
    "chineseCountingThousand": counting,
    "japaneseCounting": counting,
    "taiwaneseCounting": counting,
    "taiwaneseCountingThousand": counting,
    "ideographDigital": digits,
    "japaneseDigitalTenThousand": digits,
    "taiwaneseDigital": digits,
    "chineseLegalSimplified": legal,
    "ideographLegalTraditional": legal,
    "japaneseLegal": legal,
    "decimalFullWidth": full_width,
    "decimalFullWidth2": full_width,
    "decimalEnclosedCircle": circled,
    "decimalEnclosedCircleChinese": circled,
    "decimalEnclosedParen": lambda number: f"({number})",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "ideographEnclosedCircle": _signs("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "ideographTraditional": _signs(_STEMS),
    "ideographZodiac": _signs(_BRANCHES),
}


def in_list(number: int, kind: str) -> str:
    """Write a number as a list of Word's `kind` does; kinds without a rule of their own count 1, 2, 3."""
    return _LISTS.get(kind, str)(number)
