"""Run processes in memory: state in, state out, no database. The only package that imports SpiffWorkflow.

SpiffWorkflow reads the diagrams into its specifications; they are run here by tokens (docs/adr/0010).
"""

from engine.spiff.execution import (
    EXTERNAL,
    PROCESS_OWNER,
    USER,
    Changes,
    Execution,
    OpenTask,
    Subscription,
    Thrown,
)
from engine.spiff.graph import Definition, definition
from engine.spiff.moving import Obstacle

__all__ = [
    "EXTERNAL",
    "PROCESS_OWNER",
    "USER",
    "Changes",
    "Definition",
    "Execution",
    "Obstacle",
    "OpenTask",
    "Subscription",
    "Thrown",
    "definition",
]
