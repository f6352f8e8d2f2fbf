"""The command line as a person uses it: arguments in, exit status, stdout and stderr out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Read what was printed as the one JSON object it must be."""
        found: dict[str, Any] = json.loads(self.out)
        return found


#: `juanzong("breakdown", "read", file)`: one command, run to its end.
Juanzong = Callable[..., Answer]
