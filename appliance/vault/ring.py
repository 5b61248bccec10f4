"""What the key folder holds, as one value: small files by name, and how they are made anew.

    class.pub             the present class key's public half
    recovery.pub          that of the key in the sealed envelope
    rotating              there while everything is being sealed to the present class key
    class/<public>.age    a class key still in use, sealed to every adult and to recovery
    adults/<id>.age       an adult's own identity, wrapped by their seven words
    adults/<id>.pub
    devices/<id>.<adult>.age   that identity again, wrapped by the secret of a trusted device and a password

A class key is never wrapped by words directly: an adult comes or goes without the others' words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyrage import x25519

from appliance.vault import wraps
from appliance.vault.opening import NotForThisKey, Opener
from appliance.vault.sealing import Sealer

CLASS_PUBLIC = "class.pub"
RECOVERY_PUBLIC = "recovery.pub"
ROTATING = "rotating"
CLASS, ADULTS, DEVICES = "class", "adults", "devices"

PATTERNS = (CLASS_PUBLIC, RECOVERY_PUBLIC, ROTATING, f"{CLASS}/*.age", f"{ADULTS}/*", f"{DEVICES}/*.age")
"""What key files are called; a backup lays other files beside them."""

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Draft:
    """Keys that do not count yet: nothing of them is on a disk before `KeyFolder.commit`."""

    words: dict[str, str]
    """New seven words, by the adult who is to know them."""
    recovery_identity: str
    """The key for a new envelope; empty when the former one stays."""
    files: Files
    before: Files
    """What the folder must still hold when the draft comes to count."""
    classes: tuple[str, ...] = ()
    """The class keys from then on, the present one first."""
    own: dict[str, str] = field(default_factory=dict)
    """The adults' new identities."""


def adults(files: Files) -> dict[str, str]:
    """Return the public key of each adult who has a way in, by id."""
    return {adult: key for adult, key in _publics(files).items() if f"{ADULTS}/{adult}.age" in files}


def leaving(files: Files) -> list[str]:
    """Return the ids of the adults whose ways in were taken away while the class was locked."""
    return sorted(_publics(files).keys() - adults(files).keys())


def lost(files: Files) -> list[str]:
    """Return which parts are missing or empty, without opening any."""
    there = {name: data for name, data in files.items() if data.strip()}
    found = [name for name in (CLASS_PUBLIC, RECOVERY_PUBLIC) if name not in there]
    current = there.get(CLASS_PUBLIC, b"").decode(errors="replace").strip()
    if current and f"{CLASS}/{current}.age" not in there:
        found.append(CLASS)
    return found if adults(there) else [*found, ADULTS]


def class_files(files: Files) -> dict[str, bytes]:
    """Return the wrapped class keys by their public keys, the present one first."""
    found = {
        name.removeprefix(f"{CLASS}/").removesuffix(".age"): data
        for name, data in files.items()
        if name.startswith(f"{CLASS}/")
    }
    current = files.get(CLASS_PUBLIC, b"").decode().strip()
    return dict(sorted(found.items(), key=lambda item: (item[0] != current, item[0])))


def opened(files: Files, identity: str, *, adult: str = "", recovery: bool = False) -> Opener:
    """Return the opener that an adult's identity, or recovery's, gives; NotForThisKey when it gives none."""
    own = Opener(identity)
    classes = []
    for wrapped in class_files(files).values():
        try:
            classes.append(own.open(wrapped).decode())
        except NotForThisKey:
            continue
    if not classes:
        raise NotForThisKey("this identity opens no class key of this folder")
    if recovery:
        return Opener(*classes, recovery=identity)
    return Opener(*classes, adult=adult, own=identity)


def with_adult(files: Files, adult: str, identity: str, words: str) -> dict[str, bytes]:
    """Return the files with an adult added or given another identity; class keys are still to be sealed.

    Their trusted devices held the former identity, and go.
    """
    kept = {name: data for name, data in files.items() if not _is_device_of(name, adult)}
    kept[f"{ADULTS}/{adult}.age"] = wraps.wrap(identity, words)
    kept[f"{ADULTS}/{adult}.pub"] = _public(identity).encode()
    return kept


def without_adult(files: Files, adult: str) -> dict[str, bytes]:
    """Return the files without an adult and their devices; class keys are still to be sealed."""
    gone = {f"{ADULTS}/{adult}.age", f"{ADULTS}/{adult}.pub"}
    return {name: data for name, data in files.items() if name not in gone and not _is_device_of(name, adult)}


def with_classes(files: Files, identities: Iterable[str]) -> dict[str, bytes]:
    """Return the files with these class keys, the present one first, sealed to the adults and to recovery."""
    kept = {name: data for name, data in files.items() if not name.startswith(f"{CLASS}/")}
    sealer = Sealer([*adults(files).values(), files[RECOVERY_PUBLIC].decode().strip()])
    publics = []
    for identity in identities:
        publics.append(_public(identity))
        kept[f"{CLASS}/{publics[-1]}.age"] = sealer.seal(f"{identity}\n".encode())
    kept[CLASS_PUBLIC] = publics[0].encode()
    return kept


def new_identity() -> str:
    """Return a fresh age identity."""
    return str(x25519.Identity.generate())


def public_half(identity: str) -> bytes:
    """Return an identity's public key, as a file holds it."""
    return _public(identity).encode()


def device_name(device: str, adult: str) -> str:
    """Return the name of a trusted device's file."""
    return f"{DEVICES}/{device}.{adult}.age"


def together(secret: str, password: str) -> str:
    """Return what wraps a trusted device's file: the device's secret with the short password."""
    # The secret never holds a space, so that no other pair makes the same text.
    return f"{secret} {password}"


def _publics(files: Files) -> dict[str, str]:
    return {
        name.removeprefix(f"{ADULTS}/").removesuffix(".pub"): data.decode().strip()
        for name, data in files.items()
        if name.startswith(f"{ADULTS}/") and name.endswith(".pub")
    }


def _is_device_of(name: str, adult: str) -> bool:
    return name.startswith(f"{DEVICES}/") and name.endswith(f".{adult}.age")


def _public(identity: str) -> str:
    return str(x25519.Identity.from_str(identity.strip()).to_public())
