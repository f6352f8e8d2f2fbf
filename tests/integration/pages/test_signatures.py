"""“My signature” and the certificates of the office on the page: what is shown, brought, renewed, handed out, warned of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from shutil import copytree

import pytest
from cast import PASSWORD, Cast
from cryptography import x509
from flask import Flask
from outside import FILE_PIN, OutsideAuthority, outside_authority
from sqlalchemy import select, update
from visitor import SECRET_KEY, Visitor, site_of
from werkzeug.test import TestResponse

from models.people import PersonalCertificate, Person
from web.application import create_app
from workflows.facilities import Outside
from looking_desk import words

SignedIn = Callable[[str], Visitor]
TODAY = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OutsideAuthority:
    return outside_authority(tmp_path_factory.mktemp("outside"), TODAY - timedelta(days=30))


@pytest.fixture
def app(cast: Cast, authority: OutsideAuthority, tmp_path: Path) -> Flask:
    """Give the application of an office with an authority of its own, so that it can be renewed, and an outside one."""
    folder = Path(copytree(cast.facilities.authority_dir, tmp_path / "authority"))
    own = replace(cast.facilities, authority_dir=folder, outside=Outside(authority.roots_dir))
    made = create_app(site_of(Cast(cast.sessions, own), tmp_path), SECRET_KEY)
    made.test_client_class = Visitor
    return made


def ends(cast: Cast, login: str, moment: datetime) -> None:
    """Let the certificate of somebody end at another moment than was written into it."""
    with cast.sessions.begin() as session:
        person = session.scalars(select(Person.id).where(Person.login == login)).one()
        session.execute(update(PersonalCertificate).where(PersonalCertificate.person_id == person).values(not_after=moment))


def brought(client: Visitor, authority: OutsideAuthority, name: str, **fields: str) -> TestResponse:
    sent = (BytesIO(authority.file(authority.certificate(name))), "me.p12")
    form = {"pin": FILE_PIN, "password": PASSWORD} | fields | {"csrf_token": client.form_token()}
    return client.open("/my-signature/file", method="POST", data=form | {"file": sent}, content_type="multipart/form-data")


def test_everybody_sees_what_they_sign_with_and_what_it_may_be_called(signed_in: SignedIn) -> None:
    client = signed_in("wang")
    page = words(client.get("/my-signature"))
    assert "本系统内个人电子签名 有效" in page
    assert "持有人 王芳·丙科·示例市创建文明城市办公室" in page
    assert "不等同于合格第三方证书" in page
    assert "已解锁，退出登录前有效" in page
    assert "密码设备" not in page
    pem = client.get("/my-signature/certificate.pem").get_data()
    assert x509.load_pem_x509_certificate(pem).subject.rfc4514_string().startswith("CN=王芳")


def test_an_own_certificate_is_checked_used_and_given_up_again(signed_in: SignedIn, authority: OutsideAuthority) -> None:
    client = signed_in("wang")
    for fields, sentence in (({"pin": "x"}, "口令无法打开证书文件"), ({"password": "x"}, "密码不正确，请输入登录密码")):
        answer = brought(client, authority, "王芳", **fields)
        assert answer.status_code == 422
        assert sentence in words(answer)
    assert "持有人是 别人，不是 王芳" in words(brought(client, authority, "别人"))
    assert brought(client, authority, "王芳").status_code == 303
    page = words(client.get("/my-signature"))
    assert "第三方证书个人电子签名 有效" in page
    assert "证书链 测试电子认证 签发CA → 测试电子认证 根CA" in page
    assert "已解锁，退出登录前有效" in page
    assert client.post("/my-signature/stop").status_code == 303
    page = words(client.get("/my-signature"))
    assert "本系统内个人电子签名 有效" in page
    assert "已锁定，签名时输入密码" in page
    assert "不再使用" in page
    assert client.post("/my-signature/stop").status_code == 422


def test_who_decides_is_told_of_the_end_and_renews(signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in("wang")
    assert "我的签名" not in words(client.get("/inbox"))
    ends(cast, "wang", TODAY + timedelta(days=30, hours=1))
    assert "还剩 30 天" in words(client.get("/inbox"))
    ends(cast, "wang", TODAY - timedelta(days=1))
    assert "到期，无法签名" in words(client.get("/inbox"))
    assert "王芳" in words(signed_in("chu").get("/certificates"))
    assert client.post("/my-signature/renew", data={"password": "wrong"}).status_code == 422
    assert client.post("/my-signature/renew", data={"password": PASSWORD}).status_code == 303
    page = words(client.get("/my-signature"))
    assert "由新证书替换" in page
    assert "已解锁" in page
    assert "我的签名" not in words(client.get("/inbox"))


def test_the_office_hands_out_its_root_and_renews_what_is_below_it(signed_in: SignedIn, cast: Cast) -> None:
    client = signed_in("chu")
    page = words(client.get("/certificates"))
    assert "根证书" in page
    assert "测试电子认证 根CA" in page
    root = x509.load_pem_x509_certificate(client.get("/certificates/root.pem").get_data())
    assert root.subject == root.issuer
    assert client.post("/certificates/renew").status_code == 303
    assert client.post("/certificates/lists").status_code == 303
    page = words(client.get("/certificates"))
    assert "历任签发机构" in page
    issuers = x509.load_pem_x509_certificates(client.get("/certificates/chain.pem").get_data())
    assert len(issuers) == 2
    for issuer in issuers:
        issuer.verify_directly_issued_by(root)
    lists = client.get("/certificates/revoked.pem").get_data()
    assert lists.count(b"BEGIN X509 CRL") == 3
    assert cast.verdict().intact


def test_others_look_and_do_not_touch(signed_in: SignedIn) -> None:
    auditor = signed_in("feng")
    assert "更新签发机构" not in words(auditor.get("/certificates"))
    assert auditor.post("/certificates/renew").status_code == 403
    reviewer = signed_in("wang")
    assert reviewer.get("/certificates").status_code == 403
    assert reviewer.get("/certificates/root.pem").status_code == 200
