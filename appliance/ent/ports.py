"""What the sync asks of an ENT, whatever its kind, and what may go wrong there.

Terms:

space
    The part of an ENT that the school gave to this box: one folder and what is below it.
path
    Names from the space down to a file, `("CP-CE1", "Lila M.", "La pluie 7Q2M-9XKD-4HTR.mp3")`.
    A connector makes them fit its server (`names.py`); nobody else has to know how.
code
    The twelve symbols of a capture's sticker. Every file carries the human code of its capture in
    its name: that is how a copy is found again without remembering a name.
href
    Where the server says a thing is. Meaningful to the connector that gave it, until its next call.
proof
    The server gave the content back, or told its SHA-256, after it had stored it.

A connector never overwrites, never follows a redirection, and never deletes what does not carry a
code it was given, except folders that its own deletions leave empty.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.i18n import _


class EntError(Exception):
    """Something went wrong at the ENT. Its text is French: what happened, what to do."""

    slug = "ent_error"
    stops_run = False
    """Whether asking for anything else would fail too, or make it worse."""
    sentence = _("L’ENT n’a pas pu ranger cette trace. La boîte réessaiera à la prochaine synchronisation.")

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        """Take another sentence than the usual one, and the seconds the server asked to wait."""
        self.message = message or self.sentence
        self.retry_after = retry_after
        super().__init__(self.message)


class EntAway(EntError):
    """No connection, no name, no answer in time, or a server in maintenance."""

    slug = "ent_away"
    stops_run = True
    sentence = _("L’ENT ne répond pas. La boîte garde tout et réessaiera à la prochaine synchronisation.")


class AnswerLost(EntAway):
    """The connection was cut after the request had left: the server may have done it."""


class EntUntrusted(EntError):
    """The server's certificate is not the one of the ENT, or the box's clock is wrong."""

    slug = "ent_untrusted"
    stops_run = True
    sentence = _(
        "La boîte ne reconnaît pas l’ENT : son certificat n’est pas valable. Rien n’a été envoyé."
        " Vérifiez la date de la boîte, puis appelez l’ERUN."
    )


class EntRefused(EntError):
    """Name or password refused. Never retried: failures are counted against the whole school."""

    slug = "ent_refused"
    stops_run = True
    sentence = _(
        "L’ENT a refusé le nom ou le mot de passe de la boîte. Elle n’insiste pas, pour ne pas bloquer"
        " l’école. Demandez un nouveau mot de passe d’application et enregistrez-le dans la boîte."
    )


class EntSetup(EntError):
    """The configuration cannot work: an address, a folder or a password is missing or wrong."""

    slug = "ent_setup"
    stops_run = True
    sentence = _("Le réglage de l’ENT est incomplet. Vérifiez l’adresse, le nom et le mot de passe.")


class EntFull(EntError):
    """No room left."""

    slug = "ent_full"
    stops_run = True
    sentence = _(
        "L’espace ENT est plein. La boîte garde tout : libérez de la place à l’ENT"
        " ou demandez-en, elle reprendra toute seule."
    )


class EntTooLarge(EntError):
    """The server takes no file of this size."""

    slug = "ent_too_large"
    sentence = _("L’ENT refuse un fichier de cette taille. Demandez à l’ERUN de relever la limite.")


class EntForbidden(EntError):
    """The server refuses this name or this folder, not the account."""

    slug = "ent_forbidden"
    sentence = _(
        "L’ENT refuse d’écrire dans ce dossier. Vérifiez que la boîte a le droit d’y écrire et d’y effacer."
    )


class EntBusy(EntError):
    """Locked by another request (423) or too many of them (429), after having waited."""

    slug = "ent_busy"
    sentence = _(
        "L’ENT est trop occupé pour le moment. La boîte garde tout et réessaiera"
        " à la prochaine synchronisation."
    )

    def __init__(self, *, everywhere: bool, retry_after: float | None = None) -> None:
        """Say whether the server turns every request away, or only this one."""
        super().__init__(retry_after=retry_after)
        self.stops_run = everywhere


class EntTaken(EntError):
    """Something else has the name of a capture: it is left as it is."""

    slug = "ent_taken"
    sentence = _(
        "Un fichier différent porte déjà le nom de cette trace à l’ENT : la boîte n’écrase rien."
        " Renommez-le ou effacez-le à l’ENT."
    )


class EntOddAnswer(EntError):
    """The server answered something that makes no sense here."""

    slug = "ent_odd"
    sentence = _(
        "L’ENT a répondu quelque chose d’inattendu. La boîte réessaiera à la prochaine synchronisation ;"
        " si cela dure, appelez l’ERUN."
    )


@dataclass(frozen=True)
class Proof:
    """The ENT holds this content under the path it was given."""

    size: int
    sha256: str
    sent: bool
    """False when it was there already."""


class EntSpace(Protocol):
    """One school's space. Every call ends in finite time and raises nothing but EntError."""

    def check(self) -> None:
        """Ask once whether the space answers and lets the box in; changes nothing."""
        ...

    def ensure_folder(self, path: Sequence[str]) -> None:
        """Make the folders of a path that are missing, each once."""
        ...

    def put(self, path: Sequence[str], content: bytes, taken_at: datetime | None = None) -> Proof:
        """Store a file under a path, folders included, and prove it; nothing is sent when it is there.

        May be called again after any failure or crash: the end is the same. `taken_at` is told to
        servers that keep a date of their own. Raises EntTaken when another content has the name.
        """
        ...

    def find(self, codes: Collection[str]) -> dict[str, list[str]]:
        """Return the hrefs of every copy of these captures, trash included; no key means no copy."""
        ...

    def delete(self, found: Mapping[str, Sequence[str]]) -> dict[str, EntError]:
        """Delete what `find` returned, its copies in the trash, and the folders left empty by it.

        Returns what went wrong, by code; an absence is proven by another `find`.
        """
        ...

    def close(self) -> None:
        """Remove the folders made for files that never came, as far as possible, and end the connection."""
        ...
