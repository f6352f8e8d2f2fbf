"""Readers of strangers' files run in a confined child; here what the child answers is compared with what its module does."""

import importlib
from collections.abc import Sequence

import pytest

from workflows.evidence import confined
from workflows.evidence.confined import Limits


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the work of every child once more in this process: the same answer, and what it runs through is measured."""
    real = confined.run

    def both(module: str, arguments: Sequence[str], limits: Limits) -> bytes:
        answer = real(module, arguments, limits)
        assert importlib.import_module(module).main(arguments) == answer
        return answer

    monkeypatch.setattr(confined, "run", both)
