"""Every sentence a user reads, in Chinese or English.

The English text is the msgid in the code; the Chinese stands in gettext files, one per area:
`<layer>/catalogues/zh/<area>.po`. Read once per process.
"""

from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LAYERS = ("engine", "workflows", "web")
LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"


class Sentence:
    """A sentence to be translated where it is shown: a refusal, or the problem a refusal reports."""

    message: str
    params: dict[str, object]


def N_(msgid: str) -> str:  # noqa: N802 - the gettext convention for marking a text
    """Mark a text for the catalogues without translating it yet."""
    return msgid


def translate(language: str, msgid: str, **params: object) -> str:
    """Give `msgid` in `language` ("zh" or "en"), its placeholders filled with `params`.

    A param that is a sentence itself (a refusal within a refusal) is given in the same language. A text that
    stands in no catalogue is given in English; a test keeps the catalogues complete.
    """
    text = msgid if language == "en" else _chinese().ugettext(msgid)
    said = {
        name: translate(language, value.message, **value.params) if isinstance(value, Sentence) else value
        for name, value in params.items()
    }
    return text.format(**said) if said else text


def language_of(preference: str | None) -> str:
    """Map a locale or Accept-Language preference (`zh-CN`, `zh_Hans`, `en-GB`, `C.UTF-8`) to a language we speak."""
    text = (preference or "").strip().lower()
    return "en" if text.startswith("en") else DEFAULT_LANGUAGE


def catalogue_files() -> list[Path]:
    """Give the Chinese catalogues of every layer that is installed, in the order they are read."""
    return [file for layer in LAYERS for root in _roots(layer) for file in sorted(root.glob("catalogues/zh/*.po"))]


def _roots(layer: str) -> list[Path]:
    # Found, not imported: a layer above must not run because a text of it is looked up.
    spec = find_spec(layer)
    return [Path(root) for root in spec.submodule_search_locations or ()] if spec else []


@cache
def _chinese() -> Translations:
    merged = Translations()
    for file in catalogue_files():
        merged.merge(_compiled(file.read_bytes()))
    return merged


def _compiled(po: bytes) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(po), locale="zh_Hans_CN"))
    compiled.seek(0)
    return Translations(compiled)
