"""The data folder is tried out when a process starts, also when several start at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import Invalid
from web.house import check_data_dir


def test_processes_that_start_together_do_not_take_each_others_trial_for_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: check_data_dir(folder), range(400)))
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Invalid, match=r"Nothing can be written to .*JUANZONG_DATA_DIR"):
        check_data_dir(tmp_path / "file" / "data")
