"""Where a file, or one like it, was handed in before: in every case and year, declared or not, for whoever asks."""

import hashlib
from io import BytesIO
from random import Random
from uuid import UUID, uuid4

import pytest
from cast import COLLECTORS, STREETS, VOLUNTEERS, Cast
from PIL import Image, ImageDraw
from sqlalchemy import select

from engine.errors import Invalid, NotFound
from models.audit import AuditEvent
from models.evidence import Contribution, Evidence
from models.people import Department
from models.photos import PhotoPair
from workflows.evidence import drafts
from workflows.evidence.duplicates import Sighting, may_look, seen_before, seen_in
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.likeness import variants
from workflows.evidence.looking_again import look_again
from workflows.evidence.reuse import add_by_reference, declare_reuse, withdraw_reuse
from workflows.evidence.stored_files import pair_again
from workflows.lifecycle.words import Step

HASH = Random(7).getrandbits(63) << 1


def photo(hash_: int | None) -> ExaminedFile:
    return ExaminedFile("image/jpeg", "photo", 1600, 1200, perceptual_hash=None if hash_ is None else f"{hash_:016x}")


def changed(bits: int) -> int:
    found = HASH
    for bit in range(1, bits + 1):
        found ^= 1 << (5 * bit)
    return found


def add(cast: Cast, no: str, department: str, content: bytes, hash_: int | None = None) -> UUID:
    item = cast.item(no, Step.COLLECT, department)
    with cast.work(COLLECTORS[department]) as unit:
        new = drafts.NewEvidence(photo(hash_), hashlib.sha256(content).hexdigest(), len(content), "照片.jpg", None, {})
        return drafts.add(unit, item.id, new).id


def part(cast: Cast, evidence_id: UUID) -> tuple[UUID, str]:
    with cast.reading() as session:
        evidence = session.get_one(Evidence, evidence_id)
        return evidence.contribution_id, evidence.file_sha256


def seen(cast: Cast, evidence_id: UUID) -> list[tuple[str, int, UUID, str, bool]]:
    contribution_id, sha256 = part(cast, evidence_id)
    with cast.reading() as session:
        found = seen_before(session, sha256, contribution_id)
        return [(one.kind, one.distance, one.evidence, one.department, one.removed) for one in found]


@pytest.fixture
def two_cases(cast: Cast) -> Cast:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.assign(VOLUNTEERS, ["丙科"])
    return cast


def test_the_same_bytes_are_known_in_another_case(two_cases: Cast) -> None:
    first, second = (add(two_cases, no, name, b"bytes") for no, name in ((STREETS, "甲科"), (VOLUNTEERS, "丙科")))
    assert seen(two_cases, second) == [(Sighting.SAME_BYTES, 0, first, "甲科", False)]
    assert seen(two_cases, first) == []  # it came first
    contribution_id, sha256 = part(two_cases, first)
    with two_cases.reading() as session:
        (later,) = seen_in(session, [contribution_id], later=True)[contribution_id, sha256]
    assert (later.evidence, later.later, later.case_no, later.campaign) == (second, True, VOLUNTEERS, "2026年创建文明城市")


@pytest.mark.parametrize(("bits", "known"), [(0, True), (4, True), (7, True), (8, False)])
def test_a_photo_that_looks_alike_is_known(two_cases: Cast, bits: int, known: bool) -> None:
    first = add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, VOLUNTEERS, "丙科", b"other", changed(bits))
    assert seen(two_cases, second) == ([(Sighting.ALIKE, bits, first, "甲科", False)] if known else [])


@pytest.mark.parametrize("form", range(1, 8))
def test_a_turned_or_mirrored_photo_is_known(two_cases: Cast, form: int) -> None:
    add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, VOLUNTEERS, "丙科", b"other", variants(HASH)[form])
    contribution_id, sha256 = part(two_cases, second)
    with two_cases.reading() as session:
        assert [one.turned for one in seen_before(session, sha256, contribution_id)] == [True]


def test_what_was_removed_elsewhere_is_still_known_and_what_was_removed_here_is_not(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"bytes", HASH)
    with two_cases.work("qian") as unit:
        drafts.remove(unit, two_cases.item(STREETS, Step.COLLECT, "甲科").id, first)
    assert seen(two_cases, add(two_cases, STREETS, "甲科", b"bytes", HASH)) == []
    second = add(two_cases, VOLUNTEERS, "丙科", b"bytes", HASH)
    assert (Sighting.SAME_BYTES, 0, first, "甲科", True) in seen(two_cases, second)


def test_two_photos_of_one_part_that_look_alike_are_told_the_same_file_twice_is_not(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, STREETS, "甲科", b"two", changed(2))
    assert seen(two_cases, second) == [(Sighting.ALIKE, 2, first, "甲科", False)]
    requirement = two_cases.requirements(STREETS)[0]
    with two_cases.work("qian") as unit:
        new = drafts.NewEvidence(photo(HASH), hashlib.sha256(b"two").hexdigest(), 3, "照片.jpg", requirement.id, {})
        drafts.add(unit, two_cases.item(STREETS, Step.COLLECT, "甲科").id, new)
    assert len(seen(two_cases, second)) == 1


def test_a_file_can_be_asked_about_before_it_is_added(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"bytes")
    with two_cases.reading() as session:
        department = session.scalars(select(Department.id).where(Department.name == "丙科")).one()
        other = session.scalars(select(Contribution.id).where(Contribution.department_id == department)).one()
        found = seen_before(session, hashlib.sha256(b"bytes").hexdigest(), other)
    assert [one.evidence for one in found] == [first]


def test_many_parts_are_asked_about_with_two_statements(two_cases: Cast) -> None:
    pieces = [add(two_cases, STREETS, name, str(number).encode(), HASH) for number in range(4) for name in ("甲科", "乙科")]
    statements: list[str] = []
    with two_cases.reading() as session:
        from sqlalchemy import event

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = seen_in(session, {part(two_cases, one)[0] for one in pieces}, later=True)
    own = [one for one in statements if "photo_pair" in one or "reused_from" in one]
    assert len(found) == 8
    assert sum("photo_pair" in one for one in own) == 1


def test_others_learn_where_it_is_used_and_not_what_it_shows(two_cases: Cast) -> None:
    add(two_cases, STREETS, "甲科", b"bytes")
    second = add(two_cases, VOLUNTEERS, "丙科", b"bytes")
    contribution_id, sha256 = part(two_cases, second)
    with two_cases.reading() as session:
        (found,) = seen_before(session, sha256, contribution_id)
    allowed = {login: may_look(two_cases.actor(login), found) for login in ("qian", "sun", "zhao", "chen", "zheng", "li", "chu")}
    assert allowed == {"qian": True, "sun": True, "zhao": True, "chen": True, "zheng": False, "li": False, "chu": False}


def test_a_declared_reuse_is_no_duplicate_until_it_is_taken_back(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, VOLUNTEERS, "丙科", b"other", changed(3))
    item = two_cases.item(VOLUNTEERS, Step.COLLECT, "丙科").id
    with two_cases.work("zheng") as unit:
        declare_reuse(unit, item, second, first, "同一次活动，两项指标共用")
    assert seen(two_cases, second) == []
    contribution_id, sha256 = part(two_cases, first)
    with two_cases.reading() as session:
        assert seen_in(session, [contribution_id], {sha256}, later=True) == {}
        assert "evidence.reuse_declared" in session.scalars(select(AuditEvent.action)).all()
    with two_cases.work("zheng") as unit:
        withdraw_reuse(unit, item, second)
    assert len(seen(two_cases, second)) == 1
    assert two_cases.verdict().intact


def test_a_declaration_wants_a_reason_and_something_to_declare(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, VOLUNTEERS, "丙科", b"other", changed(12))
    item = two_cases.item(VOLUNTEERS, Step.COLLECT, "丙科").id
    with pytest.raises(Invalid, match="Say why"), two_cases.work("zheng") as unit:
        declare_reuse(unit, item, second, first, "  ")
    with pytest.raises(Invalid, match="neither the same nor alike"), two_cases.work("zheng") as unit:
        declare_reuse(unit, item, second, first, "共用")
    with pytest.raises(NotFound), two_cases.work("zheng") as unit:
        declare_reuse(unit, item, first, second, "共用")


def test_a_file_of_the_vault_is_used_again_without_uploading_it(cast: Cast) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.assign(VOLUNTEERS, ["甲科"])
    first = add(cast, STREETS, "甲科", b"bytes", HASH)
    requirement = cast.requirements(VOLUNTEERS)[0]
    item = cast.item(VOLUNTEERS, Step.COLLECT, "甲科").id
    with cast.work("qian") as unit:
        made = add_by_reference(unit, item, requirement.id, first, "同一活动")
        assert (made.file_sha256, made.reused_from, made.reuse_reason) == (hashlib.sha256(b"bytes").hexdigest(), first, "同一活动")
        second = made.id
    assert seen(cast, second) == []
    with pytest.raises(Invalid, match="already here"), cast.work("qian") as unit:
        add_by_reference(unit, item, requirement.id, first, "同一活动")


def test_nobody_uses_what_they_may_not_see_or_what_was_removed(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"bytes")
    item = two_cases.item(VOLUNTEERS, Step.COLLECT, "丙科").id
    with pytest.raises(NotFound), two_cases.work("zheng") as unit:
        add_by_reference(unit, item, None, first, "共用")
    with pytest.raises(NotFound), two_cases.work("zheng") as unit:
        add_by_reference(unit, item, None, uuid4(), "共用")
    own = add(two_cases, VOLUNTEERS, "丙科", b"own")
    with two_cases.work("zheng") as unit:
        drafts.remove(unit, item, own)
    with pytest.raises(Invalid, match="was removed"), two_cases.work("zheng") as unit:
        add_by_reference(unit, item, None, own, "共用")


def test_photos_that_came_at_the_same_moment_find_each_other_afterwards(two_cases: Cast) -> None:
    first = add(two_cases, STREETS, "甲科", b"one", HASH)
    second = add(two_cases, VOLUNTEERS, "丙科", b"other", HASH)
    with two_cases.sessions.begin() as session:  # as if neither had seen the other
        for pair in session.scalars(select(PhotoPair)):
            session.delete(pair)
    assert seen(two_cases, second) == []
    for _ in range(2):
        pair_again(two_cases.sessions, part(two_cases, second)[1])
    assert [one[2] for one in seen(two_cases, second)] == [first]
    with two_cases.reading() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.action == "photo.paired")).all()
    assert len(actions) == 1


def test_a_photo_that_shows_nothing_is_like_no_other(two_cases: Cast) -> None:
    add(two_cases, STREETS, "甲科", b"one", None)
    assert seen(two_cases, add(two_cases, VOLUNTEERS, "丙科", b"other", None)) == []


def picture(quality: int) -> bytes:
    """Draw a photo with shapes enough to be known again."""
    image = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(image)
    dice = Random(3)
    for _ in range(40):
        left, top = dice.randrange(700), dice.randrange(500)
        draw.rectangle((left, top, left + dice.randrange(20, 100), top + dice.randrange(20, 100)), fill=(dice.randrange(256), dice.randrange(256), 40))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def test_photos_from_before_are_looked_at_again_and_found(two_cases: Cast) -> None:
    vault = two_cases.facilities.vault
    contents = [picture(90), picture(60)]
    for content in contents:
        vault.put_bytes(content)
    first = add(two_cases, STREETS, "甲科", contents[0])
    second = add(two_cases, VOLUNTEERS, "丙科", contents[1])
    lost = add(two_cases, VOLUNTEERS, "丙科", b"never kept")
    assert seen(two_cases, second) == []
    assert [look_again(two_cases.sessions, vault), look_again(two_cases.sessions, vault)] == [2, 0]
    assert [one[2] for one in seen(two_cases, second)] == [first]
    assert seen(two_cases, lost) == []
