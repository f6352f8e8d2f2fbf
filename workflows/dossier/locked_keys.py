"""Private keys under a password: PKCS #8, AES-256, and scrypt, so that guessing passwords is dear.

The library that makes the keys offers PBKDF2 with few rounds only; the structure is therefore written here
(RFC 5958, RFC 8018, RFC 7914). Any OpenSSL reads it.
"""

import os

from asn1crypto import core, pem
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from engine.catalogue import N_
from engine.errors import Forbidden

#: RSA, because elliptic curves make the signing library leave PDF/A-3, and pdfsig cannot read Ed25519.
KEY_BITS = 3072
#: About 16 MB and a tenth of a second for each guess; more memory than 32 MB is refused by OpenSSL's default.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_KEY_BYTES = 32
_SALT_BYTES = 16
_INTEGER, _OCTETS, _SEQUENCE, _LONG_FORM = 0x02, 0x04, 0x30, 0x80
_PBES2, _SCRYPT, _AES256_CBC = (
    core.ObjectIdentifier(name).dump()
    for name in ("1.2.840.113549.1.5.13", "1.3.6.1.4.1.11591.4.11", "2.16.840.1.101.3.4.1.42")
)


def new_key() -> RSAPrivateKey:
    """Make a fresh signing key."""
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def lock(key: RSAPrivateKey, password: bytes) -> bytes:
    """Encrypt a key under a password; gives PEM."""
    salt, iv = os.urandom(_SALT_BYTES), os.urandom(AES256.block_size // 8)
    secret = Scrypt(salt=salt, length=_KEY_BYTES, n=_COST, r=_BLOCK, p=_PARALLEL).derive(password)
    padder = PKCS7(AES256.block_size).padder()
    plain = padder.update(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())) + padder.finalize()
    encryptor = Cipher(AES256(secret), CBC(iv)).encryptor()
    sealed = _der(_OCTETS, encryptor.update(plain) + encryptor.finalize())
    text: bytes = pem.armor("ENCRYPTED PRIVATE KEY", _der(_SEQUENCE, _algorithm(salt, iv), sealed))
    return text


def unlock(locked: bytes, password: bytes) -> RSAPrivateKey:
    """Decrypt a key. Raises Forbidden when the password does not fit."""
    try:
        key = load_pem_private_key(locked, password)
    except (ValueError, TypeError):
        raise Forbidden(N_("This password does not open the signing key. Type the password you sign in with.")) from None
    if not isinstance(key, RSAPrivateKey):
        raise Forbidden(N_("This is not a signing key of this system. Ask the administrator to issue a new one."))
    return key


def _algorithm(salt: bytes, iv: bytes) -> bytes:
    numbers = (_der(_INTEGER, _unsigned(number)) for number in (_COST, _BLOCK, _PARALLEL))
    derivation = _der(_SEQUENCE, _SCRYPT, _der(_SEQUENCE, _der(_OCTETS, salt), *numbers))
    scheme = _der(_SEQUENCE, _AES256_CBC, _der(_OCTETS, iv))
    return _der(_SEQUENCE, _PBES2, _der(_SEQUENCE, derivation, scheme))


def _unsigned(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < _LONG_FORM:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM | len(length)]) + length + body
