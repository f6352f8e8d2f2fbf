"""Task breakdown tables (任务分解表): read them (`document.py`), import them (`importing.py`)."""
