"""Wrapping an identity under something a person knows: age's own passphrase files (scrypt)."""

from pyrage import DecryptError, passphrase


class WrongPassphrase(Exception):
    """These are not the words, or not the words and the secret together."""


def wrap(identity: str, secret: str) -> bytes:
    """Return an age file that `secret` alone opens; takes a second or so on purpose."""
    wrapped: bytes = passphrase.encrypt(identity.encode(), secret)
    return wrapped


def unwrap(wrapped: bytes, secret: str) -> str:
    """Return the identity in such a file; WrongPassphrase otherwise. Takes a second or so too."""
    try:
        identity: bytes = passphrase.decrypt(wrapped, secret)
    except DecryptError as error:
        raise WrongPassphrase from error
    return identity.decode()
