"""Time stamps of an outside authority (RFC 3161) over HTTP: asked for, checked, and never replaced by a time of ours.

What does not come, or does not hold, stops the signature: nothing is recorded then.
"""

import urllib.request
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NoReturn

from asn1crypto import cms, tsp
from cryptography import x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from engine.catalogue import N_
from engine.errors import Conflict
from workflows.dossier.outside_certificates import as_asn1

#: A signature waits no longer than this for its time.
TIMEOUT_SECONDS = 10
#: A token is a few kilobytes; nothing larger is read.
_MAX_BYTES = 200_000
#: How an answer that does not come, or is none, shows itself; whatever is sent back is read by libraries.
_WRONG = (OSError, SignatureValidationError, ValidationError, PathError, ValueError, KeyError, TypeError, AttributeError)
#: Two clocks of one office may differ by this; more than that is a clock set wrong.
CLOCK_TOLERANCE = timedelta(minutes=5)


class OutsideTimeStamper(TimeStamper):
    """Asks one authority for tokens; `roots` are the certificates its own must lead to."""

    def __init__(self, url: str, roots: tuple[x509.Certificate, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._roots = [as_asn1(one) for one in roots]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send one request."""
        asked = urllib.request.Request(  # noqa: S310 - the settings take http and https only
            self._url, req.dump(), {"Content-Type": "application/timestamp-query", "User-Agent": "Juanzong"}
        )
        # One signature at a time waits here, in a loop of its own: there is nothing else to go on with.
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310, ASYNC210 - as above
            return tsp.TimeStampResp.load(answer.read(_MAX_BYTES))

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Give a checked token. Raises Conflict, saying what is wrong with the answer or that there was none."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            await self._check(token, message_digest, md_algorithm)
        except _WRONG as problem:
            self._refuse(getattr(problem, "reason", None) or problem, problem)
        return token

    async def _check(self, token: cms.ContentInfo, digest: bytes, algorithm: str) -> None:
        moment = moment_of(token)
        context = ValidationContext(trust_roots=self._roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")
        status = await validate_tst_signed_data(token["content"], context, lambda used: digest if used == algorithm else b"")
        if not (status["intact"] and status["valid"]):
            self._refuse("false signature", None)
        if status["validation_path"] is None:
            message = N_("The time-stamp authority {url} leads to no root certificate this office trusts. Put its root into the folder of trusted roots. Nothing was recorded.")
            raise Conflict(message, url=self._url)

    def _refuse(self, problem: object, cause: BaseException | None) -> NoReturn:
        message = N_("The time-stamp authority {url} gave no time ({problem}), so nothing was signed and nothing recorded. Try again in a few minutes.")
        raise Conflict(message, url=self._url, problem=problem) from cause


class CheckedTimeStamper(OutsideTimeStamper):
    """The same for one signature: its time and ours may not lie apart."""

    def __init__(self, asked: OutsideTimeStamper, at: datetime) -> None:
        TimeStamper.__init__(self)
        self._asked = asked
        self._at = at
        self.cert_registry, self._certs = asked.cert_registry, asked._certs  # noqa: SLF001 - one authority, its certificates

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Give a token of about now. Raises Conflict when the clocks disagree."""
        token = await self._asked.async_timestamp(message_digest, md_algorithm)
        apart = abs(moment_of(token) - self._at)
        if apart > CLOCK_TOLERANCE:
            message = N_("The clock of the time-stamp authority and that of this server are {minutes} minutes apart, so nothing was signed. Set the clock of the server.")
            raise Conflict(message, minutes=int(apart.total_seconds() // 60))
        return token

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Give a token as large as a real one, asked for once and kept."""
        return await self._asked.async_dummy_response(md_algorithm)


@lru_cache(maxsize=8)
def asked_at(url: str, roots: tuple[x509.Certificate, ...]) -> OutsideTimeStamper:
    """Give the stamper of an address: how large its tokens are is asked once."""
    return OutsideTimeStamper(url, roots)


def moment_of(token: cms.ContentInfo) -> datetime:
    """Give the time a token names."""
    moment: datetime = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return moment
