"""The limits of the house: small modules, short functions, few parameters, plain names, one commit site, layers."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("models", "engine", "workflows", "web")
MAX_MODULE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 350, 40, 5
#: An auditor takes it away and runs it alone: that it is one file counts for more than that it is short.
IN_ONE_FILE = "engine/verify.py"
FORBIDDEN_WORDS = {"utils", "util", "helpers", "helper", "service", "services", "manager", "common", "core", "misc"}


def modules() -> list[Path]:
    """Give every module of the product; migrations are records, not code to be kept short."""
    return sorted(
        path for layer in LAYERS for path in (ROOT / layer).rglob("*.py") if "versions" not in path.relative_to(ROOT).parts
    )


def named(path: Path) -> str:
    """Name a file as a reader looks for it."""
    return str(path.relative_to(ROOT))


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Give every function with the place it stands in."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{named(path)}:{node.lineno} {node.name}", node


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count what a caller has to know: everything but self and cls."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def test_there_is_code_to_judge() -> None:
    assert len(modules()) > 50
    assert sum(1 for _ in functions()) > 300


def test_modules_are_short() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules() if named(path) != IN_ONE_FILE}
    assert {name: length for name, length in lengths.items() if length > MAX_MODULE_LINES} == {}


def test_functions_are_short() -> None:
    lengths = {place: (node.end_lineno or node.lineno) - node.lineno + 1 for place, node in functions()}
    assert {place: length for place, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def test_functions_take_few_parameters() -> None:
    counts = {place: parameters(node) for place, node in functions()}
    assert {place: count for place, count in counts.items() if count > MAX_PARAMETERS} == {}


def test_modules_are_named_after_what_they_are_about() -> None:
    vague = [named(path) for path in modules() if FORBIDDEN_WORDS & set(path.stem.lower().split("_"))]
    assert vague == []


def test_modules_say_what_they_are_for() -> None:
    silent = [named(path) for path in modules() if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None]
    assert silent == []


def test_no_switch_is_passed_by_position() -> None:
    switches = [
        f"{place}({argument.arg})"
        for place, node in functions()
        for argument in (*node.args.posonlyargs, *node.args.args)
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool"
    ]
    assert switches == []


def test_only_the_unit_of_work_commits() -> None:
    sites = [
        f"{named(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "session.commit(" in line
    ]
    assert len(sites) == 1
    assert sites[0].startswith("engine/unit_of_work.py:")


@pytest.mark.parametrize("sign", [r"\bbreakpoint\(", r"\bpdb\b", "raise NotImplementedError", r"#.*\b(TODO|FIXME|XXX)\b"])
def test_nothing_is_left_unfinished(sign: str) -> None:
    found = [
        f"{named(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(sign, line)
    ]
    assert found == []


def test_layers_import_downwards_only() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = run([lint, "--no-cache", "--config", ROOT / "pyproject.toml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_a_text_can_be_looked_up_without_the_layers_above() -> None:
    program = "import sys; from engine.catalogue import translate; translate('zh', 'x'); print('web' in sys.modules)"
    done = run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
