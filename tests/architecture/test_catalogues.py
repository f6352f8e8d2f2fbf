"""Every sentence a user reads stands in a catalogue in Chinese, with the same placeholders, and nothing else stands there."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from engine.catalogue import LAYERS, catalogue_files, translate

ROOT = Path(__file__).parents[2]
MARKING = {"N_", "_"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: The mark on the cover and the name each language has for itself.
SAID_IN_CHINESE_TO_EVERYBODY = {"卷宗", "卷", "中文", "中"}


def python_files() -> list[Path]:
    """Give the modules that may hold texts."""
    return sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def templates() -> list[Path]:
    """Give the templates of the pages."""
    return sorted((ROOT / "web" / "templates").rglob("*.html"))


def marked_in_python() -> Iterator[tuple[str, str]]:
    """Give every marked text with the place it stands in."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MARKING:
                continue
            (first, *_) = node.args
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, place
            else:
                assert node.func.id == "_", f"{place} marks something that is no text"


def marked_in_templates() -> Iterator[tuple[str, str]]:
    """Give every text a template asks for, with the place it stands in."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    for path in templates():
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield str(call.args[0].value), f"{path.relative_to(ROOT)}:{call.lineno}"


def marked() -> dict[str, list[str]]:
    """Give every text of the product with all its places."""
    found: dict[str, list[str]] = defaultdict(list)
    for msgid, place in (*marked_in_python(), *marked_in_templates()):
        found[msgid].append(place)
    return found


def literals() -> set[str]:
    """Give every text that stands anywhere in code or templates, marked or not."""
    found = {msgid for msgid, _ in marked_in_templates()}
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    environment = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    for path in templates():
        constants = environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Const)
        found |= {one.value for one in constants if isinstance(one.value, str)}
    return found


def entries() -> Iterator[tuple[Path, Message]]:
    """Give every entry of every catalogue."""
    for path in catalogue_files():
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans_CN"):
                if message.id:
                    yield path.relative_to(ROOT), message


def fields(text: str) -> set[str]:
    """Give the placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_it_works() -> None:
    assert len(marked()) > 200
    assert translate("zh", "There is no such person.") == "查无此人。"
    assert translate("en", "There is no such person.") == "There is no such person."


def test_every_text_has_its_chinese() -> None:
    translated = {str(message.id) for _, message in entries()}
    assert {msgid: places for msgid, places in marked().items() if msgid not in translated} == {}


def test_no_chinese_text_is_left_over() -> None:
    known = literals()
    assert [f"{path}: {message.id}" for path, message in entries() if message.id not in known] == []


def test_no_chinese_text_is_empty_or_doubtful() -> None:
    doubtful = [f"{path}: {message.id}" for path, message in entries() if message.fuzzy or not str(message.string).strip()]
    assert doubtful == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    different = [
        f"{path}: {message.id}" for path, message in entries() if fields(str(message.id)) != fields(str(message.string))
    ]
    assert different == []


def test_a_text_is_said_the_same_way_everywhere() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for _, message in entries():
        said[str(message.id)].add(str(message.string))
    assert {msgid: texts for msgid, texts in said.items() if len(texts) > 1} == {}


def test_chinese_texts_are_written_as_chinese_is() -> None:
    wrong = []
    for path, message in entries():
        text = re.sub(r"\{[^}]*\}", "x", str(message.string))
        if re.search(r"[\u4e00-\u9fff][,;:?!]", text) or re.search(r"[,;?!][\u4e00-\u9fff]", text) or "  " in text:
            wrong.append(f"{path}: {message.string}")
    assert wrong == []


def test_sentences_end_alike_in_both_languages() -> None:
    different = [
        f"{path}: {message.id} → {message.string}"
        for path, message in entries()
        if " " in str(message.id) and str(message.id).endswith(".") != str(message.string).endswith("。")
    ]
    assert different == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_chinese_stands_in_a_page_outside_the_catalogues(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    said = {run for run in re.findall(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+", source) if CHINESE.search(run)}
    assert said <= SAID_IN_CHINESE_TO_EVERYBODY
