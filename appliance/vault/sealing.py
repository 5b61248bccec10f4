"""The public half: whoever has a sealer can add to the vault and read nothing in it."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from pyrage import encrypt, encrypt_io, x25519


class Sealer:
    """Seals for fixed recipients: the class, then recovery (ARCHITECTURE, Sealing)."""

    def __init__(self, recipients: Iterable[str]) -> None:
        """Take age public keys (`age1…`); ValueError when there is none or one is not a key."""
        self.recipients = tuple(recipients)
        if not self.recipients:
            raise ValueError("a sealer needs at least one age public key")
        try:
            self._keys = [x25519.Recipient.from_str(key) for key in self.recipients]
        except Exception as error:
            raise ValueError("not an age public key") from error

    def seal(self, data: bytes) -> bytes:
        """Return `data` as an age v1 file."""
        sealed: bytes = encrypt(data, self._keys)
        return sealed

    def seal_stream(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write what `source` holds to `target` as an age v1 file, 64 KiB at a time."""
        encrypt_io(source, target, self._keys)

    def seal_json(self, value: Any) -> bytes:
        """Return a JSON-ready value as an age v1 file."""
        return self.seal(json.dumps(value, ensure_ascii=False).encode())
