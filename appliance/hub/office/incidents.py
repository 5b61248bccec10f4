"""*Signaler un incident*: what happened, sealed, with the box as it was when it was noted (law.md §4.4)."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from appliance.domain.audit import Event
from appliance.domain.retention import doubt, incident_last_day
from appliance.hub import audit, backups
from appliance.hub.box import Box
from appliance.hub.office import companion
from appliance.i18n import _
from appliance.papers.facts import Holdings, Incident, IncidentKind, LockState, Snapshot
from appliance.store import incidents, settings
from appliance.store.incidents import IncidentRow
from appliance.store.moments import moment, stamp

_FIRST = _(
    "Transmettez cette fiche tout de suite à la direction, à l’IEN et au délégué à la protection des données."
)
_ENT = _(
    "Dans l’ENT, avec l’ERUN, changez le mot de passe du compte de la boîte : elle ne peut plus y entrer."
)
_POLICE = _("Déposez plainte ou déclarez la perte ; gardez le numéro du récépissé avec cette fiche.")
_RESTORE = _(
    "Reprenez la dernière sauvegarde sur une autre boîte, avec l’ERUN : les étiquettes y fonctionnent."
)
_WORDS = _(
    "Si les sept mots, un appareil de confiance, la carte du jour ou l’enveloppe étaient avec la boîte, "
    "dites-le au délégué : tout est alors à tenir pour lisible."
)
_FAMILIES = _(
    "Ne prévenez les familles qu’avec le responsable de traitement : il décide quoi leur dire, et quand."
)

_STEPS: dict[IncidentKind, tuple[str, ...]] = {
    IncidentKind.THEFT: (_FIRST, _ENT, _POLICE, _WORDS, _RESTORE, _FAMILIES),
    IncidentKind.LOSS: (_FIRST, _ENT, _POLICE, _WORDS, _RESTORE, _FAMILIES),
    IncidentKind.WRONG_FAMILY: (
        _FIRST,
        _(
            "Sur la page de la trace, donnez-la à son auteur : l’ancienne étiquette ne s’ouvre plus et "
            "la copie de l’ENT est effacée."
        ),
        _("Demandez à la famille qui l’a reçue d’effacer ce qu’elle a gardé, et de vous l’écrire."),
        _FAMILIES,
    ),
    IncidentKind.ACCESS: (
        _FIRST,
        _("Verrouillez la classe, puis changez les sept mots de la personne concernée."),
        _("Copiez le journal pour le délégué : il dit quelles traces ont été écoutées, et par quel rôle."),
        _FAMILIES,
    ),
    IncidentKind.OTHER: (
        _FIRST,
        _("N’effacez rien et n’éteignez rien avant d’en avoir parlé à l’ERUN."),
        _FAMILIES,
    ),
}


def steps(box: Box, kind: IncidentKind) -> list[str]:
    """Return what to do, in its order: only what this box makes sense of."""
    senseless = set()
    if box.config.ent.kind == "none":
        senseless.add(_ENT)
    if backups.last(box.database) is None:
        senseless.add(_RESTORE)
    return [step for step in _STEPS[kind] if step not in senseless]


def note(box: Box, kind: IncidentKind, noticed_at: datetime, happened_at: datetime | None, what: str) -> str:
    """Seal an incident with the box as it is now, and return its id. Works while locked."""
    seen, today = snapshot(box, happened_at or noticed_at), box.today()
    known = Incident(box.new_id(), kind, noticed_at, happened_at, what, seen, incident_last_day(today))
    with box.database.transaction():
        believed = doubt(box.clock.read(), settings.high_water(box.database)) is None
        noted_on = today if believed else None
        row = IncidentRow(known.id, noticed_at, noted_on, box.sealer.seal_json(_packed(known)))
        incidents.add(box.database, row)
        audit.note(box, Event.INCIDENT_NOTED, detail=kind)
    return known.id


def snapshot(box: Box, when: datetime) -> Snapshot:
    """Return what the box holds now, and whether its class was open at a moment."""
    return companion.snapshot(box, when)


def every(box: Box) -> list[Incident]:
    """Return all incidents, latest first; Locked when the class is."""
    today = box.today()
    return [_opened(box, row, today) for row in incidents.every(box.database)]


def find(box: Box, incident: str) -> Incident | None:
    """Return one incident; Locked when the class is."""
    return next((known for known in every(box) if known.id == incident), None)


def _packed(incident: Incident) -> dict[str, Any]:
    seen = incident.snapshot
    return {
        "kind": incident.kind,
        "what": incident.what,
        "happened_at": _stamped(incident.happened_at),
        "snapshot": {
            **asdict(seen),
            "lock_since": _stamped(seen.lock_since),
            "backup_at": _stamped(seen.backup_at),
            "holdings": {
                **asdict(seen.holdings),
                "oldest": _stamped(seen.holdings.oldest),
                "newest": _stamped(seen.holdings.newest),
            },
        },
    }


def _opened(box: Box, row: IncidentRow, today: date) -> Incident:
    told = box.opener.open_json(row.sealed)
    seen, held = told["snapshot"], told["snapshot"]["holdings"]
    return Incident(
        row.id,
        IncidentKind(told["kind"]),
        row.noticed_at,
        _moment(told["happened_at"]),
        told["what"],
        Snapshot(
            Holdings(**{**held, "oldest": _moment(held["oldest"]), "newest": _moment(held["newest"])}),
            LockState(seen["lock"]),
            _moment(seen["lock_since"]),
            _moment(seen["backup_at"]),
            seen["backup_captures"],
        ),
        incident_last_day(row.noted_on or today),
    )


def _stamped(when: datetime | None) -> str | None:
    return stamp(when) if when else None


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
