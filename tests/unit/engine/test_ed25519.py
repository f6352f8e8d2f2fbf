"""Ed25519 of the stand-alone verifier: the published vectors, and agreement with the library that signs."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.verify import ed25519_public, ed25519_sign, ed25519_verify

#: RFC 8032 §7.1, tests 1 to 3: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("vector", VECTORS, ids=["empty", "one byte", "two bytes"])
def test_published_vectors(vector: tuple[str, str, str, str]) -> None:
    seed, public, message, signature = (bytes.fromhex(one) for one in vector)
    assert ed25519_public(seed) == public
    assert ed25519_sign(seed, message) == signature
    assert ed25519_verify(public, message, signature)


@settings(max_examples=15)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=60), st.integers(0, 511))
def test_a_flipped_bit_is_found(seed: bytes, message: bytes, bit: int) -> None:
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(message)
    public = ed25519_public(seed)
    assert ed25519_verify(public, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not ed25519_verify(public, message, bytes(flipped))
    assert not ed25519_verify(public, message + b"x", signature)


def test_a_signature_has_one_form_only() -> None:
    seed, message = bytes(32), b"one form"
    public, signature = ed25519_public(seed), ed25519_sign(bytes(32), message)
    other = int.from_bytes(signature[32:], "little") + ORDER
    assert not ed25519_verify(public, message, signature[:32] + other.to_bytes(32, "little"))
    assert not ed25519_verify(public, message, signature[:63])
    assert not ed25519_verify(b"\xff" * 32, message, signature)
