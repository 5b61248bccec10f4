"""The key folder on disk: public halves in clear, private halves only sealed or wrapped (`ring.py`).

What changes several files changes them as a whole (`whole.py`): after a power cut at any step the folder
opens with the old words or with the new ones, and never with none. The hub ends such a change when it
starts.
"""

import secrets
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.vault import ring, whole, wraps
from appliance.vault.files import make_folder, remove_durably, write_durably
from appliance.vault.opening import NotForThisKey, Opener
from appliance.vault.passphrase import make_passphrase, tidy
from appliance.vault.ring import CLASS_PUBLIC, RECOVERY_PUBLIC, Draft
from appliance.vault.sealing import Sealer
from appliance.vault.wraps import WrongPassphrase

__all__ = [
    "CLASS_PUBLIC", "FIRST_ADULT", "RECOVERY_PUBLIC", "AlreadyCreated", "Changed", "KeyFolder", "NewKeys",
    "ShortPassword", "WrongPassphrase",
]  # fmt: skip

FIRST_ADULT = "teacher"
"""Id of the adult whose words are made at the first start."""
SHORTEST_PASSWORD = 6
"""Characters of a trusted device's password: it only ever wraps together with 256 bits of the device."""
_SECRET_BYTES = 32

RandomBelow = Callable[[int], int]


class AlreadyCreated(Exception):
    """This box has a class key; a new one would lock everybody out of what it holds."""


class Changed(Exception):
    """The keys changed since the draft was made: it has to be made again."""


class ShortPassword(ValueError):
    """A trusted device's password needs six characters."""


@dataclass(frozen=True)
class NewKeys:
    """What is shown once, then known by nobody but its readers."""

    passphrase: str
    recovery_identity: str


class KeyFolder:
    """The folder that holds the keys of the class."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.RLock()

    # What is there

    def exists(self) -> bool:
        """Whether the class key was made."""
        with self._guard:
            return (self._folder / CLASS_PUBLIC).is_file()

    def is_rotating(self) -> bool:
        """Whether everything is being sealed to new keys, and the former class keys still open the rest."""
        with self._guard:
            return (self._folder / ring.ROTATING).is_file()

    def files(self) -> list[Path]:
        """Return the key files that a backup carries, from the folder; trusted devices stay on the box."""
        return [Path(name) for name in sorted(self._read()) if not name.startswith(f"{ring.DEVICES}/")]

    def adults(self) -> list[str]:
        """Return the ids of the adults who have seven words."""
        return sorted(ring.adults(self._read()))

    def leaving(self) -> list[str]:
        """Return the ids of the adults for whom `shut_out` was done, and `remove_adult` is still to do."""
        return ring.leaving(self._read())

    def lost(self) -> list[str] | None:
        """Return which parts are missing or empty, without opening any; None when no key was ever made."""
        files = self._read()
        return ring.lost(files) if files else None

    def sealer(self) -> Sealer:
        """Return the sealer of this class; FileNotFoundError before `create`."""
        with self._guard:
            return Sealer(
                (self._folder / name).read_text().strip() for name in (CLASS_PUBLIC, RECOVERY_PUBLIC)
            )

    # Ways in

    def unlock(self, typed: str, adults: Collection[str] | None = None) -> Opener:
        """Return the opener that seven words unwrap, of these adults or of anybody.

        WrongPassphrase otherwise; NotForThisKey when the words are right and the class keys are damaged.
        Takes a second or so for each adult on purpose (age's scrypt).
        """
        files, words = self._read(), tidy(typed)
        for adult in ring.adults(files):
            if adults is not None and adult not in adults:
                continue
            name = f"{ring.ADULTS}/{adult}.age"
            try:
                identity = wraps.unwrap(files[name], words)
            except WrongPassphrase:
                continue
            return self._opened(name, files[name], identity, adult)
        raise WrongPassphrase

    def unlock_device(self, device: str, secret: str, password: str) -> Opener:
        """Return the opener of the adult who trusts a device; WrongPassphrase, also for a forgotten one."""
        files = self._read()
        for name, wrapped in files.items():
            if name.startswith(f"{ring.DEVICES}/{device}."):
                identity = wraps.unwrap(wrapped, ring.together(secret, password))
                return self._opened(name, wrapped, identity, name.split(".")[1])
        raise WrongPassphrase

    def unlock_recovery(self, identity: str) -> Opener:
        """Return the opener that the key in the envelope gives, however it is typed, or WrongPassphrase."""
        try:
            return ring.opened(self._read(), "".join(identity.split()).upper(), recovery=True)
        except (ValueError, NotForThisKey) as error:
            raise WrongPassphrase from error

    # Keys that do not count yet: shown first, then `commit`

    def draft(self, adult: str = FIRST_ADULT, random_below: RandomBelow = secrets.randbelow) -> Draft:
        """Make the first keys of a class, for one adult; AlreadyCreated when there are some."""
        if self.exists():
            raise AlreadyCreated(str(self._folder))
        recovery = ring.new_identity()
        own, words, identity = ring.new_identity(), make_passphrase(random_below), ring.new_identity()
        files = ring.with_adult({RECOVERY_PUBLIC: ring.public_half(recovery)}, adult, own, words)
        return Draft({adult: words}, recovery, ring.with_classes(files, [identity]), {}, (identity,))

    def draft_words(self, opener: Opener, adult: str) -> Draft:
        """Make new words and a new identity for an adult, new or not; their trusted devices are forgotten."""
        before = self._read()
        own, words = ring.new_identity(), make_passphrase(secrets.randbelow)
        files = ring.with_adult(before, adult, own, words)
        classes = opener.class_identities()
        return Draft({adult: words}, "", ring.with_classes(files, classes), before, classes, {adult: own})

    def draft_recovery(self, opener: Opener, adult: str) -> Draft:
        """Make new words for an adult and a new envelope.

        What was sealed before names the former envelope's key until the next rotation.
        """
        recovery, draft = ring.new_identity(), self.draft_words(opener, adult)
        files = {**draft.files, RECOVERY_PUBLIC: ring.public_half(recovery)}
        return replace(draft, recovery_identity=recovery, files=ring.with_classes(files, draft.classes))

    def draft_rotation(self, opener: Opener, adults: Iterable[str]) -> Draft:
        """Make everything new for these adults: class key, words, envelope. Trusted devices are forgotten.

        The former class keys stay beside until `end_rotation`.
        """
        before, recovery = self._read(), ring.new_identity()
        files: dict[str, bytes] = {RECOVERY_PUBLIC: ring.public_half(recovery), ring.ROTATING: b"1\n"}
        own, words = {}, {}
        for adult in adults:
            own[adult], words[adult] = ring.new_identity(), make_passphrase(secrets.randbelow)
            files = ring.with_adult(files, adult, own[adult], words[adult])
        classes = (ring.new_identity(), *opener.class_identities())
        return Draft(words, recovery, ring.with_classes(files, classes), before, classes, own)

    def commit(self, draft: Draft, opener: Opener | None = None) -> None:
        """Make a draft count, durably; `opener` goes on with it. Changed when another change came first.

        A draft that counts already counts: what went with it may have failed, and is tried again.
        """
        with self._guard:
            if self._read() not in (draft.before, draft.files):
                raise Changed
            whole.replace(self._folder, draft.files)
        if opener is not None:
            opener.use(draft.classes)
            for adult, identity in draft.own.items():
                opener.know(adult, identity)

    # Changes that count at once

    def create(self, adult_id: str = FIRST_ADULT, random_below: RandomBelow = secrets.randbelow) -> NewKeys:
        """Make the first keys of a class and let them count; AlreadyCreated when there are some."""
        draft = self.draft(adult_id, random_below)
        self.commit(draft)
        return NewKeys(draft.words[adult_id], draft.recovery_identity)

    def add_adult(self, opener: Opener, adult_id: str) -> str:
        """Give an adult a way in and return their seven words; the others keep theirs."""
        return self.change_words(opener, adult_id)

    def change_words(self, opener: Opener, adult_id: str) -> str:
        """Give an adult other words and return them; their trusted devices are forgotten."""
        with self._guard:
            draft = self.draft_words(opener, adult_id)
            self.commit(draft, opener)
        return draft.words[adult_id]

    def remove_adult(self, opener: Opener, adult_id: str) -> None:
        """Take an adult's ways in away, and make a new class key for what comes (law.md §7.4).

        The former class key stays in use for what it sealed, and they may remember it: only a rotation
        changes that. ValueError for the last adult.
        """
        with self._guard:
            before = self._read()
            files = ring.without_adult(before, adult_id)
            if not ring.adults(files):
                raise ValueError("a class keeps one adult at least")
            classes = (ring.new_identity(), *opener.class_identities())
            self.commit(Draft({}, "", ring.with_classes(files, classes), before, classes), opener)
        opener.forget(adult_id)

    def shut_out(self, adult_id: str) -> None:
        """Take an adult's ways in away while the class is locked; `remove_adult` at the next opening ends it.

        ValueError for the last adult.
        """
        with self._guard:
            files = self._read()
            if set(ring.adults(files)) <= {adult_id}:
                raise ValueError("a class keeps one adult at least")
            for name in files.keys() - ring.without_adult(files, adult_id).keys():
                if not name.endswith(".pub"):
                    remove_durably(self._folder / name)

    def end_rotation(self, opener: Opener, key: str) -> None:
        """Destroy the former class keys' wraps: what they alone open is illegible from now on.

        `key` is the public class key that everything was seen to be sealed to; Changed when the present one
        is another.
        """
        with self._guard:
            before = self._read()
            if not opener.public_key == key == before.get(CLASS_PUBLIC, b"").decode().strip():
                raise Changed
            current = opener.class_identities()[:1]
            kept = {name: data for name, data in before.items() if name != ring.ROTATING}
            self.commit(Draft({}, "", ring.with_classes(kept, current), before, current), opener)

    def trust_device(self, opener: Opener, device_id: str, password: str, adult: str = "") -> str:
        """Give a device of an adult (who opened the class) a way in, and return its 256-bit secret.

        ShortPassword below six characters; LookupError when that adult's words were not given since the
        class was opened, or are no longer those of the folder.
        """
        if len(password) < SHORTEST_PASSWORD:
            raise ShortPassword
        adult = adult or opener.adult
        identity = opener.own_identity(adult)
        with self._guard:
            public = self._read().get(f"{ring.ADULTS}/{adult}.pub", b"").strip()
            if identity is None or public != ring.public_half(identity):
                raise LookupError(adult)
            secret = secrets.token_urlsafe(_SECRET_BYTES)
            path = self._folder / ring.device_name(device_id, adult)
            make_folder(path.parent, mode=0o700)
            write_durably(path, wraps.wrap(identity, ring.together(secret, password)), mode=0o600)
        return secret

    def forget_device(self, device_id: str) -> bool:
        """Take a device's way in away; whether it had one."""
        with self._guard:
            found = [name for name in self._read() if name.startswith(f"{ring.DEVICES}/{device_id}.")]
            for name in found:
                remove_durably(self._folder / name)
        return bool(found)

    def settle(self) -> None:
        """End what a power cut left half done; only where the hub starts, before anybody else reads."""
        with self._guard:
            whole.settle(self._folder)

    def destroy(self) -> None:
        """Remove every key, durably; what they sealed is illegible. OSError when the disk does not let it."""
        with self._guard:
            whole.remove(self._folder)

    def _opened(self, name: str, wrapped: bytes, identity: str, adult: str) -> Opener:
        # Unwrapping takes a second, in which a way in may have been taken away and the class keys changed.
        files = self._read()
        if files.get(name) != wrapped:
            raise WrongPassphrase
        return ring.opened(files, identity, adult=adult)

    def _read(self) -> dict[str, bytes]:
        with self._guard:
            return whole.read(self._folder, ring.PATTERNS)
