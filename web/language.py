"""The words of a page in the language of its reader."""

from engine.catalogue import translate
from engine.errors import Refused
from web.session import language


def translated(msgid: str, **params: object) -> str:
    """Give `msgid` in the language of this request."""
    return translate(language(), msgid, **params)


def sentence(refused: Refused) -> str:
    """Give a refusal in the language of this request."""
    return translated(refused.message, **refused.params)
