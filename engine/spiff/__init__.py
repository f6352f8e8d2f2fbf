"""Drive SpiffWorkflow: state in, state out, no database. The only package that imports the library."""

from engine.spiff.execution import EXTERNAL, USER, Execution, OpenTask, Subscription
from engine.spiff.stock import Definition, Position, complete, definition, start

__all__ = ["EXTERNAL", "USER", "Definition", "Execution", "OpenTask", "Position", "Subscription", "complete", "definition", "start"]
