"""The class key on disk: its public half in clear, its private half only wrapped, once per way in."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyrage import DecryptError, passphrase, x25519

from appliance.vault.files import make_folder, write_durably
from appliance.vault.opening import Opener
from appliance.vault.passphrase import make_passphrase, tidy
from appliance.vault.sealing import Sealer

CLASS_PUBLIC = "class.pub"
CLASS_WRAPPED = "class.passphrase.age"
RECOVERY_PUBLIC = "recovery.pub"


class WrongPassphrase(Exception):
    """These are not the seven words."""


class AlreadyCreated(Exception):
    """This box has a class key; a new one would lock everybody out of what it holds."""


@dataclass(frozen=True)
class NewKeys:
    """What is shown once, then known by nobody but its readers."""

    passphrase: str
    recovery_identity: str


class KeyFolder:
    """The folder that holds the class key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self) -> bool:
        """Whether the class key was made; the public key is written last."""
        return (self._folder / CLASS_PUBLIC).is_file()

    def create(self, random_below: Callable[[int], int] = secrets.randbelow) -> NewKeys:
        """Make the class key and the recovery key; AlreadyCreated when there is one.

        A power cut half way leaves no class key, and `create` can be called again.
        """
        if self.exists():
            raise AlreadyCreated(str(self._folder))
        words = make_passphrase(random_below)
        class_identity = x25519.Identity.generate()
        recovery = x25519.Identity.generate()
        make_folder(self._folder, mode=0o700)
        self._write(CLASS_WRAPPED, passphrase.encrypt(str(class_identity).encode(), words))
        self._write(RECOVERY_PUBLIC, str(recovery.to_public()).encode())
        self._write(CLASS_PUBLIC, str(class_identity.to_public()).encode())
        return NewKeys(words, str(recovery))

    def sealer(self) -> Sealer:
        """Return the sealer of this class; FileNotFoundError before `create`."""
        return Sealer((self._folder / name).read_text().strip() for name in (CLASS_PUBLIC, RECOVERY_PUBLIC))

    def unlock(self, typed: str) -> Opener:
        """Return the opener that the seven words unwrap; WrongPassphrase otherwise.

        Takes a second or so on purpose (age's scrypt).
        """
        wrapped = (self._folder / CLASS_WRAPPED).read_bytes()
        try:
            identity = passphrase.decrypt(wrapped, tidy(typed))
        except DecryptError as error:
            raise WrongPassphrase from error
        return Opener(identity.decode())

    def _write(self, name: str, data: bytes) -> None:
        write_durably(self._folder / name, data, mode=0o600)
