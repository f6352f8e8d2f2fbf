"""Reading what people typed: cleaned of what no column takes, never judged."""

import unicodedata
from uuid import UUID

from flask import request

from engine.catalogue import N_
from engine.errors import Invalid

#: A bigint of the database holds every number of so many digits.
_DIGITS = 18


def typed(name: str) -> str:
    """Give a field of the form as text: no NUL characters, one kind of line end; empty when it was not sent."""
    return clean(request.form.get(name, ""))


def clean(text: str) -> str:
    """Take out of a text what the database and the records refuse and browsers add."""
    plain = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    # Records hold composed characters only; some keyboards and file systems send them taken apart.
    return unicodedata.normalize("NFC", plain)


def key_in(text: str | None) -> UUID | None:
    """Read an identifier; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def key_chosen(name: str) -> UUID | None:
    """Read what was chosen in a list of the form; None where nothing was. Raises Invalid for what no list offers."""
    text = typed(name)
    found = key_in(text)
    if text and found is None:
        raise Invalid(N_("This is not on the list. Reload the page and choose again."))
    return found


def number_in(text: str | None) -> int | None:
    """Read the number of a row; None for anything no row can have."""
    found = int(text) if text and text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
    return found or None
