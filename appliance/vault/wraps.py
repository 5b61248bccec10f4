"""Wrapping an identity under something a person knows: an age file with a passphrase (age-encryption.org/v1).

Any `age` command opens one. pyrage writes and reads them too, but measures at each call how fast the machine
is: a busy moment at the wrap made it weaker, and one at the door refused the right words as too costly.
"""

import binascii
import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WORK_FACTOR = 17
"""Of scrypt, as a power of two: 128 MB for half a second of a PC. Any board can spare that, and what it
protects is seven words of 84 bits, or 256 bits of a device (law.md R16)."""
_MOST_WORK_FACTOR = 18
"""What the `age` command chooses: 256 MB."""

_FILE = re.compile(
    rb"(age-encryption\.org/v1\n"
    rb"-> scrypt (?P<salt>[A-Za-z0-9+/]{22}) (?P<work>[1-9][0-9]?)\n"
    rb"(?P<wrapped>[A-Za-z0-9+/]{43})\n"
    rb"---) (?P<mac>[A-Za-z0-9+/]{43})\n"
    rb"(?P<nonce>.{16})(?P<payload>.{16,65552})",
    re.DOTALL,
)
"""A header with one stanza, and a payload of one chunk: an identity is 74 bytes."""
_SALT_BYTES = 16
_FILE_KEY_BYTES = 16
_NONCE_BYTES = 16
_NO_NONCE = bytes(12)
_LAST_CHUNK = bytes(11) + b"\x01"


class WrongPassphrase(Exception):
    """These are not the words, or not the words and the secret together; or the file is damaged."""


def wrap(identity: str, secret: str) -> bytes:
    """Return an age file that `secret` alone opens; takes a second or so on purpose."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    file_key = os.urandom(_FILE_KEY_BYTES)
    wrapped = ChaCha20Poly1305(_stretched(secret, salt, WORK_FACTOR)).encrypt(_NO_NONCE, file_key, None)
    header = b"age-encryption.org/v1\n-> scrypt %s %d\n%s\n---" % (_text(salt), WORK_FACTOR, _text(wrapped))
    payload = ChaCha20Poly1305(_derived(file_key, b"payload", nonce)).encrypt(
        _LAST_CHUNK, identity.encode(), None
    )
    return b"%s %s\n%s%s" % (header, _text(_mac(file_key, header)), nonce, payload)


def unwrap(wrapped: bytes, secret: str) -> str:
    """Return the identity in such a file; WrongPassphrase otherwise. Takes a second or so too."""
    parts = _FILE.fullmatch(wrapped)
    if parts is None or int(parts["work"]) > _MOST_WORK_FACTOR:
        raise WrongPassphrase
    try:
        key = _stretched(secret, _bytes(parts["salt"]), int(parts["work"]))
        file_key = ChaCha20Poly1305(key).decrypt(_NO_NONCE, _bytes(parts["wrapped"]), None)
        if not hmac.compare_digest(_text(_mac(file_key, parts[1])), parts["mac"]):
            raise WrongPassphrase
        payload = ChaCha20Poly1305(_derived(file_key, b"payload", parts["nonce"]))
        return payload.decrypt(_LAST_CHUNK, parts["payload"], None).decode()
    except (InvalidTag, binascii.Error, UnicodeDecodeError) as error:
        raise WrongPassphrase from error


def _stretched(secret: str, salt: bytes, work: int) -> bytes:
    # hashlib lets other threads run meanwhile: a class goes on while somebody opens it.
    return hashlib.scrypt(
        secret.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=2**work,
        r=8,
        p=1,
        maxmem=2 ** (_MOST_WORK_FACTOR + 11),
        dklen=32,
    )


def _derived(file_key: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(file_key)


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"header"), header, "sha256")


def _text(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4), validate=True)
