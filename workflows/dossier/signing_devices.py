"""Keys in PKCS #11 devices (UKey、密码机): found by their certificate, used with the PIN of the moment, never read.

A library of devices keeps one sign-in per token and process, whoever asked for it. So one thread at a time talks
to it, and every use signs in with its own PIN and out again: nobody signs on the PIN of somebody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

import pkcs11
from cryptography import x509
from pkcs11 import Attribute, Mechanism, ObjectClass, Session, Token
from pkcs11 import exceptions as refusals

from engine.catalogue import N_
from engine.errors import Forbidden, Invalid

_talking = Lock()


class WrongPin(Forbidden):
    """The PIN does not open the device: it is asked for again where it was typed."""


@dataclass(frozen=True)
class Device:
    """Where keys are: the path of the library, the label of the token."""

    module: str
    token_label: str


@dataclass(frozen=True)
class DeviceKey:
    """One key of a device and the PIN that opens it; `key_id` is its CKA_ID, `size` that of a signature in bytes."""

    device: Device
    key_id: bytes
    pin: str
    size: int

    def sign(self, data: bytes) -> bytes:
        """Sign inside the device. Raises Forbidden when the device, the PIN or the key is not as it should be."""
        with _open(self.device, self.pin) as session:
            try:
                key = cast("Any", session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=self.key_id))
            except (refusals.NoSuchKey, refusals.MultipleObjectsReturned):
                raise Forbidden(N_("The device {token} no longer has the key of your certificate."), token=self.device.token_label) from None
            signature: bytes = key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS)
            return signature


def device_at(module: str, token_label: str) -> Device:
    """Name a device of this server. Raises Forbidden where no devices are set up."""
    if not module:
        raise Forbidden(N_("No signing devices are set up on this server. The administrator sets JUANZONG_PKCS11_MODULE."))
    return Device(module, token_label)


def tokens(module: str) -> list[str]:
    """Give the labels of the tokens that can be signed in to. Raises Invalid when the library cannot be used."""
    with _talking:
        return [token.label for token in _library(module).get_tokens() if token.label]


def certificates_on(device: Device, pin: str) -> dict[bytes, x509.Certificate]:
    """Give the certificates on a device that have their private key beside them, by CKA_ID. Raises Forbidden."""
    with _open(device, pin) as session:
        keys = {one[Attribute.ID] for one in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})}
        found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
        pairs = [(one[Attribute.ID], one[Attribute.VALUE]) for one in found]
    return {bytes(key_id): x509.load_der_x509_certificate(der) for key_id, der in pairs if key_id in keys}


@contextmanager
def _open(device: Device, pin: str) -> Iterator[Session]:
    with _talking:
        token = _token(device)
        if not pin:
            raise WrongPin(N_("Type the PIN of the device {token}."), token=device.token_label)
        try:
            with token.open(user_pin=pin) as session:
                yield session
        except refusals.PinLocked:
            raise Forbidden(N_("The device {token} is locked after too many wrong PINs. Whoever issued it can unlock it."), token=device.token_label) from None
        except (refusals.PinIncorrect, refusals.PinInvalid, refusals.PinLenRange, refusals.ArgumentsBad):
            raise WrongPin(N_("This PIN does not open the device {token}. After a few wrong ones it locks itself."), token=device.token_label) from None
        except refusals.PKCS11Error as problem:
            raise Forbidden(
                N_("The device {token} did not answer ({problem}). Plug it in and try again."), token=device.token_label, problem=type(problem).__name__
            ) from problem


def _token(device: Device) -> Token:
    try:
        found: Token = _library(device.module).get_token(token_label=device.token_label)
    except refusals.PKCS11Error:
        raise Forbidden(N_("The device {token} is not there. Plug it in and try again."), token=device.token_label) from None
    return found


def _library(module: str) -> Any:  # noqa: ANN401 - the package names no type for it
    try:
        return pkcs11.lib(module)
    except (RuntimeError, OSError, refusals.PKCS11Error) as problem:
        message = N_("The library of signing devices {module} cannot be used: {problem}. Correct JUANZONG_PKCS11_MODULE.")
        raise Invalid(message, module=module, problem=problem) from problem
