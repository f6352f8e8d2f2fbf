"""Signing in, and the signing key that is unlocked for one sign-in only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cast import PASSWORD, PEOPLE, Cast
from sqlalchemy import select, text

from engine import audit
from engine.errors import Forbidden, Invalid
from engine.unit_of_work import Clock
from models.people import UnlockedKey
from workflows.people import set_password, set_person_active
from workflows.signing_in import Attempt, Entered, record_sign_out, sign_in
from workflows.signing_keys import (
    KEY_LIFETIME,
    current_certificate,
    forget,
    is_unlocked,
    signer_for,
    signer_with_password,
)

NOON = datetime.now(UTC)


def at(moment: datetime) -> Clock:
    """Give a clock that stands."""
    return lambda: moment


def enter(cast: Cast, login: str = "qian", password: str = PASSWORD, address: str = "10.0.0.1", after: int = 0) -> Entered:
    """Try to sign in, so many minutes after noon."""
    return sign_in(cast.sessions, Attempt(login, password, address), at(NOON + timedelta(minutes=after)))


def id_of(cast: Cast, login: str) -> UUID:
    """Give the id of a person."""
    found = cast.actor(login).id
    assert found is not None
    return found


def test_everybody_of_the_cast_comes_in(cast: Cast) -> None:
    for login in PEOPLE:
        entered = enter(cast, f" {login.upper()} ", address=login)
        assert entered.person.login == login
        assert entered.secret is not None
    with cast.reading() as session:
        assert audit.trail(session, "people")[-1].action == "sign_in.succeeded"
    assert cast.verdict().intact


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(cast: Cast) -> None:
    answers = set()
    for login, password in (("qian", "wrong"), ("nobody", PASSWORD), ("", "")):
        with pytest.raises(Invalid) as refused:
            enter(cast, login, password)
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_five_failures_shut_the_door_for_ten_minutes(cast: Cast) -> None:
    for number in range(5):
        with pytest.raises(Invalid):
            enter(cast, password="wrong", address=f"10.0.0.{number}")
    with pytest.raises(Forbidden, match="Wait ten minutes"):
        enter(cast, address="10.0.0.9")
    assert enter(cast, "li", address="10.0.0.9").person.login == "li"
    assert enter(cast, address="10.0.0.9", after=11).person.login == "qian"


def test_one_address_cannot_try_name_after_name(cast: Cast) -> None:
    for login in ("a1", "b2", "c3", "d4", "e5"):
        with pytest.raises(Invalid):
            enter(cast, login, "wrong")
    with pytest.raises(Forbidden):
        enter(cast, "li")
    assert enter(cast, "li", address="10.0.0.2").person.login == "li"


def test_a_failed_sign_in_never_records_the_password(cast: Cast) -> None:
    with pytest.raises(Invalid):
        enter(cast, password="my-secret-typo")
    with cast.reading() as session:
        bodies = session.scalars(text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM audit_event")).one()
    assert "my-secret-typo" not in bodies
    assert PASSWORD not in bodies


def test_somebody_switched_off_does_not_come_in(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_person_active(unit, id_of(cast, "qian"), active=False)
    with pytest.raises(Invalid, match="name or the password"):
        enter(cast)


def test_the_unlocked_key_signs_for_its_owner_only(cast: Cast) -> None:
    secret = enter(cast).secret
    assert secret is not None
    with cast.reading() as session:
        signer = signer_for(session, id_of(cast, "qian"), secret)
        assert signer is not None
        assert signer.name == "钱立"
        certificate = current_certificate(session, id_of(cast, "qian"))
        assert certificate is not None
        assert signer.certificate_pem == certificate.certificate_pem
        assert is_unlocked(session, id_of(cast, "qian"), secret)
        for person, wrong in ((id_of(cast, "li"), secret), (id_of(cast, "qian"), "00" * 32), (id_of(cast, "qian"), None)):
            assert signer_for(session, person, wrong) is None
            assert not is_unlocked(session, person, wrong)


def test_what_is_stored_opens_nothing_without_the_cookie(cast: Cast) -> None:
    secret = enter(cast).secret
    assert secret is not None
    with cast.reading() as session:
        (row,) = session.scalars(select(UnlockedKey))
    assert secret not in row.session_digest
    assert bytes.fromhex(secret) not in row.ciphertext
    assert b"PRIVATE KEY" not in row.ciphertext


def test_signing_out_throws_the_key_away(cast: Cast) -> None:
    secret = enter(cast).secret
    assert secret is not None
    with cast.work("qian") as unit:
        forget(unit, secret)
        record_sign_out(unit, "qian")
    with cast.reading() as session:
        assert signer_for(session, id_of(cast, "qian"), secret) is None
        assert audit.trail(session, "people")[-1].action == "sign_in.ended"


def test_a_sign_in_never_closed_loses_its_key_at_the_next_one(cast: Cast) -> None:
    first = enter(cast).secret
    later = int((KEY_LIFETIME + timedelta(minutes=1)).total_seconds() // 60)
    enter(cast, after=later)
    with cast.reading() as session:
        assert signer_for(session, id_of(cast, "qian"), first) is None
        assert len(session.scalars(select(UnlockedKey)).all()) == 1


def test_two_sign_ins_at_a_time_keep_a_key_each(cast: Cast) -> None:
    secrets = [enter(cast, after=number).secret for number in range(2)]
    with cast.reading() as session:
        assert all(signer_for(session, id_of(cast, "qian"), secret) for secret in secrets)


def test_a_new_password_takes_the_unlocked_keys_away(cast: Cast) -> None:
    secret = enter(cast).secret
    with cast.work("chu") as unit:
        set_password(unit, cast.facilities, id_of(cast, "qian"), "another-password")
    with cast.reading() as session:
        assert signer_for(session, id_of(cast, "qian"), secret) is None


def test_the_password_opens_the_key_for_one_decision(cast: Cast) -> None:
    with cast.reading() as session:
        signer = signer_with_password(session, id_of(cast, "sun"), PASSWORD)
        assert signer is not None
        assert signer.name == "孙平"
        with pytest.raises(Forbidden):
            signer_with_password(session, id_of(cast, "sun"), "wrong-password")


def test_without_a_valid_certificate_there_is_no_key(cast: Cast) -> None:
    with cast.work("chu") as unit:
        set_person_active(unit, id_of(cast, "qian"), active=False)
    with cast.work("chu") as unit:
        set_person_active(unit, id_of(cast, "qian"), active=True)
    assert enter(cast).secret is None
    with cast.reading() as session:
        assert signer_with_password(session, id_of(cast, "qian"), PASSWORD) is None


def test_an_expired_certificate_is_not_unlocked(cast: Cast) -> None:
    with cast.reading() as session:
        certificate = current_certificate(session, id_of(cast, "qian"))
    assert certificate is not None
    entered = sign_in(cast.sessions, Attempt("qian", PASSWORD, "10.0.0.1"), at(certificate.not_after + timedelta(seconds=1)))
    assert entered.secret is None
