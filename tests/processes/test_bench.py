"""The benchmark as a process: it runs to its end, says all it promises, and every engine did the same work."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import Juanzong

from web.cli import bench

ROOT = Path(__file__).parents[2]
#: The ratios other people's scripts read.
RATIOS = {
    "plain_spiffworkflow_3", "plain_spiffworkflow_10", "viewflow_3", "viewflow_10", "bpmn_engine_10", "share_of_floor",
    "two_processes", "rounds_10000_over_10", "parallel_100_over_1", "audit_p99",
}
ENGINES = {"juanzong", "floor: same rows, no engine", "plain SpiffWorkflow", "django-viewflow", "bpmn-engine"}
#: So long that a slow machine ends too; nothing here depends on time.
LIMIT = 600


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    """Run the quick benchmark, a twentieth as long."""
    command = [sys.executable, str(ROOT / "tests" / "bench"), "--quick", "--json", "--scale", "0.05"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_every_ratio_is_there_or_the_reason_why_not(answer: dict[str, Any]) -> None:
    assert set(answer) == {"ratios", "figures"}
    assert set(answer["ratios"]) == RATIOS
    missing = {name for name, value in answer["ratios"].items() if value is None}
    assert missing == set(answer["figures"]["not_measured"])
    assert all(answer["figures"]["not_measured"].values())
    assert answer["ratios"]["share_of_floor"] > 0


def test_every_engine_that_is_installed_finished_the_same_lifecycle(answer: dict[str, Any]) -> None:
    rows = answer["figures"]["lifecycle"]
    left_out = answer["figures"]["left_out"]
    # An engine may be left out because it is not installed, never because it went wrong.
    assert [reason for reason in left_out.values() if "make bench" not in reason] == []
    assert {row["engine"] for row in rows if row["departments"] == 3 and row["clients"] == 1} == ENGINES - set(left_out)
    assert {row["engine"] for row in rows if row["departments"] == 10} == ENGINES - set(left_out)
    for row in rows:
        # assign, collect and review for each department, both again for each reject, approve
        human_steps = 1 + 2 * row["departments"] + 2 * row["rejects"] + 1
        if row["stopped"] is None:
            assert row["steps"] == row["cases"] * human_steps
        else:
            assert row["stopped"].startswith("the time ran out")


def test_commits_were_durable(answer: dict[str, Any]) -> None:
    conditions = answer["figures"]["conditions"]
    assert {name: conditions[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {
        "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    }


def test_an_installation_without_the_source_says_where_to_run_it(
    juanzong: Juanzong, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_BENCH", tmp_path / "tests" / "bench")
    refused = juanzong("bench", "--json")
    assert (refused.status, refused.out) == (2, "")
    assert "make bench" in refused.err
