"""The private half: lives in the hub's memory, from the teacher's unlock to the lock."""

import hmac
import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from pyrage import DecryptError, decrypt, decrypt_io, x25519


class NotForThisKey(Exception):
    """The file is damaged, or was sealed for another class key."""


class Opener:
    """Opens what was sealed for the class, under its present key or one that is still in use.

    It changes in place when the keys do: whoever holds it goes on with the new ones.
    """

    def __init__(
        self, identity: str, *older: str, adult: str = "", own: str = "", recovery: str = ""
    ) -> None:
        """Take age identities (`AGE-SECRET-KEY-1…`), the present class key's first; ValueError for others.

        `adult` is who opened, `own` their identity; `recovery` opens too, and is nobody's.
        """
        self._classes = [_identity(text) for text in (identity, *older)]
        self._recovery = [_identity(recovery)] if recovery else []
        self._own = {adult: own} if own else {}
        self.adult = adult
        """Id of the adult whose words opened the class; empty with the recovery identity."""

    @property
    def public_key(self) -> str:
        """The age public key of the present class key."""
        return str(self._classes[0].to_public())

    @property
    def public_keys(self) -> tuple[str, ...]:
        """Those of every class key at hand, the present one first."""
        return tuple(str(identity.to_public()) for identity in self._classes)

    def open(self, sealed: bytes) -> bytes:
        """Return what an age file holds; NotForThisKey when it cannot be opened."""
        return _open(sealed, self._classes + self._recovery)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the present class key alone opens this file."""
        try:
            _open(sealed, self._classes[:1])
        except NotForThisKey:
            return False
        return True

    def proof(self, message: bytes) -> bytes:
        """Return what shows that this key was at hand when the message was written (HMAC-SHA-256)."""
        return _proof(self._classes[0], message)

    def proves(self, message: bytes, proof: str) -> bool:
        """Whether a proof, in hexadecimal, is of the present class key, or of one that is still in use."""
        return any(
            hmac.compare_digest(_proof(identity, message).hex().encode(), proof.encode())
            for identity in self._classes
        )

    def open_stream(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write what an age file holds to `target`, 64 KiB at a time; NotForThisKey as `open`."""
        try:
            decrypt_io(source, target, self._classes + self._recovery)
        except (DecryptError, OSError) as error:
            # pyrage tells a file damaged half way as an OSError without a number, a full disk with one.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise NotForThisKey("this file was not sealed for this key, or it is damaged") from error

    def open_json(self, sealed: bytes) -> Any:
        """Return the JSON value in an age file."""
        return json.loads(self.open(sealed))

    def class_identities(self) -> tuple[str, ...]:
        """Return the secret class keys, the present one first: for the key folder, which wraps them."""
        return tuple(str(identity) for identity in self._classes)

    def own_identity(self, adult: str) -> str | None:
        """Return the identity of an adult who has given their words since the class was opened, or None."""
        return self._own.get(adult)

    def welcome(self, other: "Opener") -> None:
        """Know another adult who has just given their words too."""
        self._own = {**self._own, **other._own}

    def know(self, adult: str, identity: str) -> None:
        """Hold an adult's new identity in place of the one before."""
        self._own = {**self._own, adult: identity}

    def forget(self, adult: str) -> None:
        """Hold this adult's identity no longer."""
        self._own = {known: identity for known, identity in self._own.items() if known != adult}

    def use(self, identities: Iterable[str]) -> None:
        """Hold these class keys from now on, the present one first."""
        self._classes = [_identity(text) for text in identities]


def _identity(text: str) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(text.strip())
    except Exception as error:
        raise ValueError("not an age identity") from error


def _open(sealed: bytes, identities: list[x25519.Identity]) -> bytes:
    try:
        opened: bytes = decrypt(sealed, identities)
    except DecryptError as error:
        raise NotForThisKey("this file was not sealed for this key, or it is damaged") from error
    return opened


def _proof(identity: x25519.Identity, message: bytes) -> bytes:
    return hmac.digest(str(identity).encode(), message, "sha256")
