"""What stands open to the outside: every address has a guard, every setting is documented."""

import ast
import re
from pathlib import Path

import pytest
from cast import Cast
from flask import Flask
from visitor import SECRET_KEY, site_of

from models.people import Role
from web import settings
from web.application import create_app
from web.guards import UnguardedRoute, check_every_route, guard_of

ROOT = Path(__file__).parents[2]
#: Everything anybody may open without signing in.
PUBLIC = {"/healthz", "/readyz", "/sign-in", "/language/<code>", "/static/<path:path>", "/favicon.ico"}
NAME = re.compile(r"JUANZONG_[A-Z0-9_]+")


@pytest.fixture
def app(cast: Cast, tmp_path: Path) -> Flask:
    """Give the application as it is served."""
    return create_app(site_of(cast, tmp_path), SECRET_KEY)


def names_read() -> set[str]:
    """Give every environment variable the code names."""
    found = set()
    for path in (ROOT / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
                found.add(node.value)
    return found


def example() -> dict[str, str]:
    """Give what .env.example sets."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_address_is_guarded_and_few_are_public(app: Flask) -> None:
    guards = {rule.rule: guard_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert len(guards) > 25
    assert [rule for rule, guard in guards.items() if guard is None] == []
    public = {rule for rule, guard in guards.items() if guard is not None and guard.roles == frozenset()}
    assert public <= PUBLIC


def test_an_application_with_an_unguarded_address_does_not_start(app: Flask) -> None:
    app.add_url_rule("/back-door", "back_door", lambda: "open")
    with pytest.raises(UnguardedRoute, match="/back-door"):
        check_every_route(app)


def test_an_administrator_is_let_into_no_page_that_decides(app: Flask) -> None:
    deciding = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (guard := guard_of(app, rule.endpoint)) is not None
        and guard.roles
        and Role.ADMINISTRATOR in guard.roles
        and guard.roles & {Role.COLLECTOR, Role.DEPARTMENT_REVIEWER}
    ]
    assert deciding == []


def test_nothing_is_changed_by_an_address_that_only_shows(app: Flask) -> None:
    # What changes something is asked for by POST, and answers to nothing else.
    mixed = [rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())]
    assert mixed == []


def test_the_example_of_settings_names_what_is_read_and_nothing_else() -> None:
    assert set(example()) == names_read()


def test_the_example_of_settings_shows_the_defaults() -> None:
    assert settings.from_environment(example()) == settings.from_environment({})


def test_every_setting_is_explained() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    paragraphs = "\n".join(lines).split("\n\n")
    unexplained = [one for one in paragraphs if NAME.search(one) and not one.startswith("#")]
    assert unexplained == []


def test_a_wrong_number_is_refused_by_its_name() -> None:
    with pytest.raises(settings.BadSetting, match="JUANZONG_PORT"):
        settings.from_environment({"JUANZONG_PORT": "eighty"})
