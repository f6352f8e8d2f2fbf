"""Rows: what the product keeps in PostgreSQL. No rules here beyond constraints; verbs live in `workflows/`."""
