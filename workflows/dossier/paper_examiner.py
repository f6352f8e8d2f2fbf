"""The child process of a check: `python -m workflows.dossier.paper_examiner LIMITS PAPER ROOT KNOWN LANGUAGE`.

KNOWN is `{"known": bool, "signatures": int or null, "events": path or "", "roots_dir": folder of further roots or ""}`; the answer is the verdict as JSON, or
`{"refused": msgid, "params": …}`.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from engine.errors import Invalid
from workflows.dossier.outside_certificates import roots_in
from workflows.dossier.verification import Known, as_json, verify_dossier
from workflows.evidence.confined import child


def main(arguments: Sequence[str]) -> bytes:
    """Check the paper and give the answer for the parent."""
    paper, root, facts, language = arguments
    data, told = Path(paper).read_bytes(), json.loads(facts)
    lines = Path(told["events"]).read_bytes().splitlines() if told["events"] else []
    known = Known(
        pdf_sha256s=frozenset({sha256(data).hexdigest()} if told["known"] else ()),
        signatures=told["signatures"],
        # Of a paper nobody knows the events cannot be compared; that it is unknown is said by its own light.
        live_events=(lambda _chain: lines) if told["known"] else None,
    )
    try:
        outside = roots_in(Path(told["roots_dir"]) if told["roots_dir"] else None)
        trusted = [Path(root).read_bytes(), *(one.public_bytes(Encoding.PEM) for one in outside)]
        verdict = verify_dossier(data, trusted, known)
    except Invalid as refusal:
        return json.dumps({"refused": refusal.message, "params": refusal.params}).encode()
    return json.dumps(as_json(verdict, language)).encode()


if __name__ == "__main__":
    child(main)
