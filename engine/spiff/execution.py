"""A process in memory: started or loaded, moved by people, workers, the clock and messages, stored again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from engine.spiff import stock
from engine.spiff.stock import EXTERNAL, USER, Definition, OpenTask

__all__ = ["EXTERNAL", "USER", "Execution", "OpenTask", "Subscription"]


@dataclass(frozen=True)
class Subscription:
    """What an event of a process waits for: a message or a signal of this name."""

    kind: str
    name: str
    task_id: str
    correlation: str | None


class Execution:
    """One live process. An operation that raises spoils the object: drop it, the stored state is still good."""

    def __init__(self, definition: Definition, position: stock.Position) -> None:
        self._definition = definition
        self._position = position

    @classmethod
    def start(
        cls, definition: Definition, data: Mapping[str, Any], now: datetime, *, message: str | None = None, signal: str | None = None
    ) -> Self:
        """Start a process and run it until only people, workers, the clock or events can move it."""
        del now, message, signal
        return cls(definition, stock.start(definition, data))

    @classmethod
    def load(cls, definition: Definition, state: bytes) -> Self:
        """Take a stored process up again."""
        workflow = stock._loaded(definition, state)  # noqa: SLF001
        return cls(definition, stock._advanced(workflow))  # noqa: SLF001

    def state(self) -> bytes:
        """Give the state to store, without the specification."""
        return self._position.state

    @property
    def ended(self) -> bool:
        """Say whether nothing is left to do."""
        return self._position.ended

    def open_tasks(self) -> tuple[OpenTask, ...]:
        """Give the steps that wait for a person or a worker."""
        return self._position.open_tasks

    def complete(self, task_id: str, result: Mapping[str, Any], now: datetime) -> None:
        """Finish one open step and run on. Raises Conflict when it is not open."""
        del now
        self._position = stock.complete(self._definition, self._position.state, task_id, result)

    def next_due(self) -> datetime | None:
        """Give the moment of the earliest timer."""
        return None

    def pending_timers(self) -> tuple[datetime, ...]:
        """Give the moments of all timers, earliest first."""
        return ()

    def fire_timers(self, now: datetime) -> int:
        """Fire what is due, in the order of due dates; give how many fired."""
        del now
        return 0

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Give the messages and signals this process waits for."""
        return ()

    def receive_message(self, name: str, payload: Mapping[str, Any], now: datetime, correlation: str | None = None) -> bool:
        """Deliver a message to the place that waits for it; say whether one did."""
        raise NotImplementedError

    def receive_signal(self, name: str, payload: Mapping[str, Any], now: datetime) -> int:
        """Deliver a signal to all that wait for it; give how many did."""
        raise NotImplementedError

    def return_to(self, task_id: str, element: str, now: datetime, branches: Sequence[int] | None = None) -> None:
        """Jump back from an open step to an earlier element, in named branches if given."""
        raise NotImplementedError

    def cancel(self) -> None:
        """End the process where it stands."""
        raise NotImplementedError

    def add_instance(self, element: str, item: object, now: datetime) -> None:
        """Add an instance to a running multi-instance activity."""
        raise NotImplementedError

    def remove_instance(self, task_id: str, now: datetime) -> None:
        """Remove an open instance of a running multi-instance activity."""
        raise NotImplementedError
