"""What people do to a running process beside deciding: hand over, send back, take back, add approvers, remind, stop.

Each verb is one function `(unit, …)` for any process, one command: it locks the process row first, checks who
may, asks for a reason where it overrides somebody, and records one event with old, new and reason. The table of
all verbs is docs/verbs.md.
"""
