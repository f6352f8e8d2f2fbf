"""One office, one signed sheet, one sealed dossier for all tests of papers; nobody changes them."""

from pathlib import Path

import pytest
from sealed import Office, Signers, bound, events, listed, office_in, signed, unsigned_sheet
from sealed import sealed as seal_it


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give an office with its authority."""
    return office_in(tmp_path_factory.mktemp("office") / "authority")


@pytest.fixture(scope="session")
def signers(office: Office) -> Signers:
    """Give the two who sign a sheet, in order."""
    return (("department_review", office.person("孙平")), ("office_approval", office.person("赵敏", "创文办")))


@pytest.fixture(scope="session")
def steps(office: Office, signers: Signers) -> tuple[bytes, ...]:
    """Give a sheet unsigned, signed once, signed twice."""
    states = [unsigned_sheet()]
    for field, signer in signers:
        states.append(signed(office, states[-1], field, signer))
    return tuple(states)


@pytest.fixture(scope="session")
def sheet(steps: tuple[bytes, ...]) -> bytes:
    """Give a sheet signed by both."""
    return steps[-1]


@pytest.fixture(scope="session")
def unsealed(sheet: bytes, signers: Signers) -> bytes:
    """Give a dossier before its seal."""
    return bound([(listed("sheet-1.pdf", sheet, signers), sheet)], events())


@pytest.fixture(scope="session")
def dossier(office: Office, unsealed: bytes) -> bytes:
    """Give a sealed dossier."""
    return seal_it(office, unsealed)


@pytest.fixture(scope="session")
def root_file(office: Office) -> Path:
    """Give the root certificate on disk."""
    return office.authority.directory / "root.pem"
