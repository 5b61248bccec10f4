"""What a *dossier d'accès* says: a page that a parent opens at home, its data, and a text to begin with."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import jinja2

from appliance.domain.codes import human_code
from appliance.hub.rights import family_words as words
from appliance.hub.rights.family_file import Answered, FamilyFile, Share, Trace
from appliance.i18n import _, hour, long_day, long_day_year

FORMAT = "boite-a-traces/acces"
VERSION = 1


class Presence(StrEnum):
    """Whether a trace's sound or picture is in the file."""

    COPIED = "copiee"
    PASSAGE = "passage"
    """Only where the child is heard; the rest is silent."""
    IN_CLASS = "a_ecouter_en_classe"
    """Other children are heard or seen in it."""
    ASIDE = "mise_de_cote"
    DAMAGED = "abimee"


PRESENCES = {
    Presence.COPIED: "",
    Presence.PASSAGE: _("Les passages où d’autres enfants s’entendent sont muets."),
    Presence.IN_CLASS: _("D’autres enfants s’y entendent ou s’y voient : venez l’écouter en classe."),
    Presence.ASIDE: _("Mise de côté à la demande de la famille : personne ne l’écoute."),
    Presence.DAMAGED: _("Le fichier est abîmé : la boîte ne peut plus l’ouvrir."),
}


@dataclass(frozen=True)
class Entry:
    """A trace, and where it is in the file."""

    trace: Trace
    presence: Presence
    file: str = ""
    caption: str = ""

    @property
    def why_not(self) -> str:
        """Why its sound or picture is not in the file, or not whole; or nothing."""
        return PRESENCES[self.presence]

    @property
    def kind(self) -> str:
        """`audio`, `image` or `video`."""
        return self.trace.capture.media_type.partition("/")[0]


def texts(found: FamilyFile, entries: Sequence[Entry], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield (name, content) of what goes beside the sounds and pictures."""
    yield "index.html", page(found, entries, now)
    data = document(found, entries, now)
    yield "donnees.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    # With the line ends of the simplest of editors, where a parent is most likely to open it.
    yield "LISEZ-MOI.txt", "\r\n".join(_read_me(found, now)) + "\r\n"


def page(found: FamilyFile, entries: Sequence[Entry], now: datetime) -> str:
    """Return the page."""
    return _PAGE.render(file=found, entries=entries, now=now, words=words)


def document(found: FamilyFile, entries: Sequence[Entry], now: datetime) -> dict[str, Any]:
    """Return the same as data (docs/export.md)."""
    pupil = found.pupil
    return {
        "format": FORMAT,
        "version": VERSION,
        "fait_le": now.isoformat(timespec="seconds"),
        "classe": found.class_name,
        "eleve": {
            "identifiant": pupil.id,
            "prenom": pupil.first_name,
            "initiale": pupil.initial,
            "niveau": pupil.level,
            "pictogramme": pupil.pictogram,
            "langue_des_consignes": pupil.language,
            "temps_double": pupil.slow,
            "ajoute_le": _day(found.added_on),
            "parti_le": _day(pupil.left_on),
            "prenom_enregistre_le": _day(found.said_on),
        },
        "traces": [_trace(entry) for entry in entries],
        "autorisations": [_answer(answered) for answered in found.answers],
        "demandes": [
            {
                "nature": asked.kind,
                "recue_le": _day(asked.deadline.received_on),
                "texte": asked.text,
                "repondu_le": _day(asked.answered_on),
                "suite": asked.outcome,
                "reponse": asked.answer,
            }
            for asked in found.asked
        ],
        "journal": [_share(act) for act in found.acts],
        "traitement": {
            "finalites": list(words.PURPOSES),
            "base_legale": words.basis(prior_permission=found.prior_permission),
            "destinataires": words.RECIPIENTS,
            "durees": words.durations(found.rules, backup=found.backup),
            "source": words.SOURCE,
            "droits": words.RIGHTS,
            "contact": words.contact(found.school),
            "reclamation": words.COMPLAINT,
        },
    }


def _trace(entry: Entry) -> dict[str, Any]:
    capture = entry.trace.capture
    return {
        "identifiant": capture.id,
        "etiquette": human_code(capture.code),
        "nature": capture.nature,
        "travail": entry.trace.title,
        "atelier": capture.station,
        "prise_le": capture.taken_at.isoformat(timespec="seconds"),
        "duree_ms": capture.duration_ms,
        "gardee": capture.kept,
        "coupee": capture.cut,
        "vide": capture.empty,
        "souhait_de_l_eleve": capture.wish,
        "autres_enfants": entry.trace.others,
        "copie": entry.presence,
        "fichier": entry.file or None,
        "legende": entry.caption or None,
        "carnet_de_suivi": capture.carnet,
        "conservee_jusqu_au": _day(capture.last_day),
        "espace_famille": entry.trace.remote,
        "partages": [_share(share) for share in entry.trace.shares],
    }


def _answer(answered: Answered) -> dict[str, Any]:
    permission = answered.permission
    return {
        "projet": answered.project,
        "nature": permission.nature,
        "portee": permission.scope,
        "etat": permission.state,
        "du": _day(permission.since),
        "au": _day(permission.until),
        "signataires": permission.signed.holders,
        "autorite_exercee_seul": permission.signed.alone,
        "qui_a_signe": answered.signatories,
        "parole_de_l_eleve": permission.signed.child,
        "formulaire": permission.signed.form,
        "papier": answered.place,
        "note_le": _day(answered.recorded_on),
    }


def _share(share: Share) -> dict[str, str]:
    return {"le": share.at.isoformat(timespec="seconds"), "qui": share.who, "quoi": share.what}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day and day != date.min else None


def _read_me(found: FamilyFile, now: datetime) -> Iterator[str]:
    yield _("Ce que la boîte à traces sait de {name}").format(name=found.pupil.shown)
    yield _("Copie faite le {day}, classe « {name} ».").format(
        day=long_day_year(now.date()), name=found.class_name
    )
    yield ""
    yield _("POUR LIRE : décompressez tout le dossier, puis ouvrez « index.html ». Aucune connexion n’est")
    yield _("nécessaire. Les sons et les images sont dans « medias » ; les mêmes données, pour un autre")
    yield _("logiciel, dans « donnees.json ».")
    for title, said in _sections(found):
        yield ""
        yield title.upper()
        yield said


def _sections(found: FamilyFile) -> Iterator[tuple[str, str]]:
    yield _("À quoi cela sert"), " ".join(words.PURPOSES)
    yield _("De quel droit"), words.basis(prior_permission=found.prior_permission)
    yield _("Qui les reçoit"), words.RECIPIENTS
    yield _("Combien de temps"), words.durations(found.rules, backup=found.backup)
    yield _("D’où elles viennent"), words.SOURCE
    yield _("Vos droits"), words.RIGHTS
    yield _("À qui les demander"), words.contact(found.school)
    yield _("Réclamation"), words.COMPLAINT
    yield _("Ce qui a été effacé"), words.ERASED_HONESTLY


def _moment(when: datetime) -> str:
    return f"{long_day(when.date())} {when.year}, {hour(when)}"


def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("appliance.hub.rights"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(_, lambda *_forms: "", newstyle=True)  # type: ignore[attr-defined]
    found.policies["ext.i18n.trimmed"] = True
    found.filters.update(day=long_day_year, moment=_moment, human_code=human_code, language=words.language)
    found.globals.update(sections=_sections)
    return found


_PAGE = _environment().get_template("access.html")
