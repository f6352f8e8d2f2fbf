"""The lifecycle of a case: assign, collect, decide, archive."""
