"""What the product may refuse, in four kinds; `web/errors.py` maps them to 404, 403, 409 and 422.

A refusal is for the person refused: one sentence that names the thing, the place and the way out. The
message is an English msgid, translated where it is shown (`engine/catalogue.py`). Everything that is not
`Refused` is a bug.
"""

from uuid import UUID

from engine.catalogue import N_, Sentence


class Refused(Sentence, Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A request the product understands and declines.

    `message` is the msgid, `params` fill its placeholders (`str.format`).
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        """Give the English sentence, for logs and tests."""
        return self.message.format(**self.params)


class NotFound(Refused):
    """There is no such thing, or not for this reader."""


class Forbidden(Refused):
    """The thing exists; this person may not do that to it."""


class Conflict(Refused):
    """Somebody else was first, or the thing has moved on since it was shown."""


class Invalid(Refused):
    """The input cannot be used as it stands."""


class Problem(Sentence):
    """What went wrong, as part of a refusal: a msgid and what fills it."""

    def __init__(self, message: str, **params: object) -> None:
        self.message = message
        self.params = params

    def __str__(self) -> str:
        """Give the English sentence."""
        return self.message.format(**self.params)


class StepFailed(Conflict):
    """The diagram cannot go on at an element: no condition holds, a name has no value, an error nobody catches.

    `instance_id` and `item_id` say where, once it is known in which process it happened.
    """

    def __init__(self, element: str, problem: Sentence) -> None:
        self.element = element
        self.instance_id: UUID | None = None
        self.item_id: int | None = None
        super().__init__(
            N_("The diagram cannot go on at {element}: {problem}. Nothing was changed; tell the administrator."),
            element=element, problem=problem,
        )


class Broken(Exception):  # noqa: N818 - named after the finding
    """Stored data contradicts its own digest: not a refusal, an incident."""


class UnauditedChange(Exception):  # noqa: N818 - named after the finding
    """A unit of work changed rows but recorded no event: a bug in a verb, caught before the commit."""
