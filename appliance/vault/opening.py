"""The private half: lives in the hub's memory, from the teacher's unlock to the lock."""

import hmac
import json
from typing import Any, BinaryIO

from pyrage import DecryptError, decrypt, decrypt_io, x25519


class NotForThisKey(Exception):
    """The file is damaged, or was sealed for another class key."""


class Opener:
    """Opens what was sealed for one identity."""

    def __init__(self, identity: str) -> None:
        """Take an age identity (`AGE-SECRET-KEY-1…`); ValueError when it is not one."""
        try:
            self._identity = x25519.Identity.from_str(identity.strip())
        except Exception as error:
            raise ValueError("not an age identity") from error

    @property
    def public_key(self) -> str:
        """The matching age public key."""
        return str(self._identity.to_public())

    def open(self, sealed: bytes) -> bytes:
        """Return what an age file holds; NotForThisKey when it cannot be opened."""
        try:
            opened: bytes = decrypt(sealed, [self._identity])
        except DecryptError as error:
            raise NotForThisKey("this file was not sealed for this key, or it is damaged") from error
        return opened

    def proof(self, message: bytes) -> bytes:
        """Return what shows that this key was at hand when the message was written (HMAC-SHA-256)."""
        return hmac.digest(str(self._identity).encode(), message, "sha256")

    def open_stream(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write what an age file holds to `target`, 64 KiB at a time; NotForThisKey as `open`."""
        try:
            decrypt_io(source, target, [self._identity])
        except (DecryptError, OSError) as error:
            # pyrage tells a file damaged half way as an OSError without a number, a full disk with one.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise NotForThisKey("this file was not sealed for this key, or it is damaged") from error

    def open_json(self, sealed: bytes) -> Any:
        """Return the JSON value in an age file."""
        return json.loads(self.open(sealed))
