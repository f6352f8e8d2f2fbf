"""From the bytes of a file to its text, or a refusal that says what to do instead."""

import codecs
import unicodedata

from engine.catalogue import N_
from engine.errors import Invalid

MAX_BYTES = 20 * 1024 * 1024
_OFFICE_ENDINGS = (".docx", ".doc", ".wps", ".xlsx", ".xls", ".et", ".pdf", ".rtf", ".odt", ".ods", ".pages")
_OFFICE_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x07")
_CONTROL_CATEGORIES = frozenset({"Cc", "Cn", "Cs", "Co"})


def decoded(name: str, data: bytes) -> str:
    """Give the text of a file, its line ends and the forms of its characters unified.

    UTF-8 with or without mark, UTF-16 with mark, and GB18030 are read. Raises Invalid for everything else.
    """
    if not data.strip():
        raise Invalid(N_("{name} is empty. Choose a file with content."), name=name)
    if data.startswith(_OFFICE_SIGNATURES) or name.lower().endswith(_OFFICE_ENDINGS):
        message = N_(
            "{name} is an office document. Only plain text is read so far: save the table as .txt (UTF-8)."
        )
        raise Invalid(message, name=name)
    text = _text(name, data)
    if not text.strip():
        raise Invalid(N_("{name} is empty. Choose a file with content."), name=name)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x07", "").replace("\xa0", " ")
    # One form of every character: names are compared, and records hold composed text only.
    return unicodedata.normalize("NFC", text)


def _text(name: str, data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise _binary(name)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_binary(text):
            raise _binary(name)
        return text
    message = N_("{name} is in an unknown encoding. Save it as text in UTF-8 (or GB18030) and try again.")
    raise Invalid(message, name=name)


def _is_binary(text: str) -> bool:
    """Say whether a text holds characters no table has: controls, or code points nobody assigned."""
    odd = (char for char in set(text) if char not in _TEXT_CONTROLS)
    return any(unicodedata.category(char) in _CONTROL_CATEGORIES for char in odd)


def _binary(name: str) -> Invalid:
    return Invalid(
        N_("{name} is not a text file. Save the task table as plain text (.txt, UTF-8)."), name=name
    )
