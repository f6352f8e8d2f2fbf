"""The command line on a data folder and a database of the test."""

from pathlib import Path

import pytest
from command import Answer, Juanzong

from web.cli import main

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


@pytest.fixture
def juanzong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Juanzong:
    """Give the command, in a data folder of this test, speaking English, without a database."""
    monkeypatch.setenv("JUANZONG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUANZONG_LANGUAGE", "en")
    monkeypatch.delenv("JUANZONG_DATABASE_URL", raising=False)

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        status = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    return run


@pytest.fixture
def in_database(juanzong: Juanzong, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Juanzong:
    """Give the command on a database of this test."""
    monkeypatch.setenv("JUANZONG_DATABASE_URL", database_url)
    return juanzong


@pytest.fixture(scope="session")
def seeds() -> list[Path]:
    """Give the two real task tables, which lie beside the project and never in it."""
    found = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip(f"LOUD: the real task tables are not at {SEEDS}; the command line was not tried on them")
    return found
