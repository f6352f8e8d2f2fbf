"""Web pages, also those Word and WPS save, as raw tables. The page is parsed in a child process with limits."""

import json
import re
import tempfile

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown.decoding import decoded
from workflows.breakdown.html_page import TOO_DEMANDING
from workflows.breakdown.raw_json import document_from
from workflows.breakdown.raw_tables import RawDocument
from workflows.evidence import confined

LIMITS = confined.Limits(memory=1 << 30, cpu_seconds=20, wall_seconds=60)

_CHILD = "workflows.breakdown.html_page"
_TAGS = re.compile(r"<(?:!doctype\s+html|html|body|table|tbody|tr|td)\b[^<>]*>", re.IGNORECASE)
_DAMAGED = N_(
    "{name} is no web page anybody can read. Open it in a browser and save it anew, or save the table from Word."
)


def looks_like_html(text: str) -> bool:
    """Say whether a text has the marks of a web page or of a table cut out of one."""
    return _TAGS.search(text) is not None


def read_html(data: bytes, name: str = "") -> RawDocument:
    """Read the tables of a web page called `name`, with the paragraphs between them.

    Hidden text, scripts, navigation and comments are left out; a table that only arranges others is no table. Raises
    Invalid, in one sentence, for what is in no known encoding, or takes more than `LIMITS`.
    """
    page = decoded(name, data)
    with tempfile.NamedTemporaryFile(prefix="juanzong-page-") as file:
        file.write(page.encode())
        file.flush()
        try:
            answer = json.loads(confined.run(_CHILD, [file.name], LIMITS))
        except confined.TooDemanding as error:
            raise Invalid(TOO_DEMANDING, name=name) from error
        except confined.Unreadable as error:
            raise Invalid(_DAMAGED, name=name) from error
    if "refused" in answer:
        raise Invalid(answer["refused"], name=name)
    return document_from(answer)
