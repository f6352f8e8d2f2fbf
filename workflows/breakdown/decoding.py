"""From the bytes of a file to its text, or a refusal that says what to do instead."""

import codecs
import re
import unicodedata

from engine.catalogue import N_
from engine.errors import Invalid

MAX_BYTES = 20 * 1024 * 1024
_OFFICE_ENDINGS = (".docx", ".doc", ".wps", ".xlsx", ".xls", ".et", ".pdf", ".rtf", ".odt", ".ods", ".pages")
_OFFICE_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x07")
_CONTROL_CATEGORIES = frozenset({"Cc", "Cn", "Cs"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What pages call their code, and the code it is; small sets are written in the large one that holds them.
_NAMED = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "gb_2312-80", "x-gbk"), "gb18030"),
    **dict.fromkeys(("big5", "cp950", "x-x-big5"), "cp950"),
    "big5-hkscs": "big5hkscs",
}
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_DECLARED_WITHIN = 4096
_UNSEEN = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\x85]")
#: The most frequent signs of Chinese, simplified and traditional: half of any text, and hardly any of a wrong reading.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要时来用生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "进等部度家力里如水化高自二理起小物现实加量都两体制机当使点从业本把性好应开合还因由其前外天政日社义事平形相全表间样与关各重新"
    "线内数正心明看原利比质气第向道变条结解问意建月公无系情者立代通并提直题党程展料员位入常文总次品式活设及管特件长求基资路级少图"
    "统接组见计别手期论运农指区强放做必先任取据处队给光门保治造规领导器增济思术交受联认共权收证改清己美采转更单切打教速花带安场车"
    "例真务具每目至达走积示议报完类名确科信节整今集传步群广记需段责牵配街镇村办局市县委个國時來們對會發動產種後學經進現實體機當"
    "點從業應開還與關線質條結問無變題黨員總設長資圖統見計別運農區強處隊給規領導濟術聯認權證單帶場車務達積議報類確節傳廣記責牽辦鎮"
)
_LEAST_FREQUENT = 0.1
_FAR_MORE = 1.5
_CHINESE = re.compile("[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0003ffff]")


def decoded(name: str, data: bytes) -> str:
    """Give the text of a file, its line ends and the forms of its characters unified, without invisible signs.

    UTF-8, UTF-16, GB18030 and Big5 are read, with or without a mark; what a web page says about itself counts after
    that. Raises Invalid for everything else, and where two readings are equally likely.
    """
    if not data.strip():
        raise Invalid(N_("{name} is empty. Choose a file with content."), name=name)
    if data.startswith(_OFFICE_SIGNATURES) or name.lower().endswith(_OFFICE_ENDINGS):
        message = N_("{name} is an office document. Only plain text is read so far: save the table as .txt (UTF-8).")
        raise Invalid(message, name=name)
    text = _text(name, data.rstrip(b"\x1a"))  # Ctrl-Z: how DOS ended a file
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\x07", "").replace("\xa0", " ")
    if not text.strip():
        raise Invalid(N_("{name} is empty. Choose a file with content."), name=name)
    # One form of every character: names are compared, and records hold composed text only.
    return unicodedata.normalize("NFC", text)


def _text(name: str, data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _certain(name, data, encoding)
    if b"\0" in data:
        return _without_mark(name, data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _of_two_bytes(name, data)
    if _is_binary(text):
        raise _binary(name)
    return text


def _certain(name: str, data: bytes, encoding: str) -> str:
    """Decode where a mark says how."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unknown(name) from error
    if _is_binary(text):
        raise _binary(name)
    return text


def _without_mark(name: str, data: bytes) -> str:
    """Decode UTF-16 that forgot its mark: the right order of bytes gives far more signs people write."""
    readings = [text for encoding in ("utf-16-le", "utf-16-be") if (text := _tried(data, encoding)) is not None]
    readings = [text for text in readings if _frequent(text) >= _LEAST_FREQUENT]
    if len(readings) != 1:
        raise _binary(name)
    return readings[0]


def _of_two_bytes(name: str, data: bytes) -> str:
    """Decode a Chinese code of two bytes: as declared, or the one that gives the signs people write."""
    declared = _declared(data)
    if declared and (text := _tried(data, declared)) is not None and _frequent(text) >= _LEAST_FREQUENT:
        return text
    readings = [text for encoding in ("gb18030", "cp950") if (text := _tried(data, encoding)) is not None]
    readings.sort(key=_frequent, reverse=True)
    if not readings:
        if any(_decodes(data, encoding) for encoding in ("gb18030", "cp950")):
            raise _binary(name)
        raise _unknown(name)
    if len(readings) > 1 and _frequent(readings[0]) < max(_LEAST_FREQUENT, _FAR_MORE * _frequent(readings[1])):
        raise _unknown(name)
    return readings[0]


def _tried(data: bytes, encoding: str) -> str | None:
    """Give the text in an encoding, None when it does not fit or gives signs nobody assigned."""
    if not _decodes(data, encoding):
        return None
    text = data.decode(encoding)
    return None if _is_binary(text) or any(unicodedata.category(sign) == "Co" for sign in set(text)) else text


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _declared(data: bytes) -> str | None:
    """Give the encoding a page says it is in; None when it says none that is known."""
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    if match is None:
        return None
    return _NAMED.get(match.group(1).decode("ascii").lower())


def _frequent(text: str) -> float:
    """Give the share of frequent signs among the Chinese ones; 0 without any."""
    signs = _CHINESE.findall(text)
    return sum(sign in _FREQUENT for sign in signs) / len(signs) if signs else 0.0


def _is_binary(text: str) -> bool:
    """Say whether a text holds characters no table has: controls, or code points nobody assigned."""
    odd = (char for char in set(text) if char not in _TEXT_CONTROLS and char not in "\x85\x1a")
    return any(unicodedata.category(char) in _CONTROL_CATEGORIES for char in odd)


def _binary(name: str) -> Invalid:
    return Invalid(N_("{name} is not a text file. Save the task table as plain text (.txt, UTF-8)."), name=name)


def _unknown(name: str) -> Invalid:
    message = N_("{name} is in an unknown encoding. Save it as text in UTF-8 (or GB18030) and try again.")
    return Invalid(message, name=name)
