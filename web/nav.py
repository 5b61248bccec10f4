"""Where the pages are: the few of every day in the bar, the others on *Le bureau*."""

from dataclasses import dataclass

from appliance.i18n import _


@dataclass(frozen=True)
class Entry:
    """A page one may go to. Whether somebody may is its guard's word (`web.security.can_reach`)."""

    endpoint: str
    icon: str
    label: str
    families: tuple[str, ...] = ()
    """Blueprints for which the entry is the present one."""
    about: str = ""
    """What one does there, in one sentence."""


_OFFICE = (
    "office",
    "adults",
    "again",
    "day_code",
    "device",
    "keys",
    "lost",
    "permissions",
    "projects",
    "choices",
    "papers",
    "school",
    "incidents",
    "family_requests",
    "aside",
    "year_end",
)


def main_nav() -> tuple[Entry, ...]:
    """Return the bar of every page."""
    return (
        Entry("day.today", "sun", _("Aujourd’hui"), ("day", "traces", "carnet")),
        Entry(
            "pupils.every",
            "users",
            _("Élèves"),
            ("pupils", "groups", "badges", "rights", "statement", "import_list"),
        ),
        Entry("stations.every", "mic", _("Ateliers"), ("stations", "satellites", "voices", "trial")),
        Entry("office.page", "mailbox", _("Bureau"), _OFFICE),
        Entry("health.page", "heart-pulse", _("Tout va bien"), ("health", "journal", "leaving")),
    )


def office_entries() -> tuple[Entry, ...]:
    """Return what is done less often than every day."""
    return (
        Entry("adults.every", "users", _("Adultes et appareils"), about=_("Qui ouvre la boîte, et comment.")),
        Entry(
            "day_code.page",
            "clock",
            _("Code du jour"),
            about=_("Pour qu’un·e remplaçant·e ouvre la classe aujourd’hui."),
        ),
        Entry(
            "leaving.page",
            "hourglass",
            _("Ce qui partira, et quand"),
            about=_("Les derniers jours, le calendrier de l’école, les durées."),
        ),
        Entry(
            "family_requests.every",
            "mailbox",
            _("Demandes des familles"),
            about=_("Voir, corriger, effacer, reprendre : un mois pour répondre."),
        ),
        Entry("aside.every", "archive", _("Traces mises de côté"), about=_("Ce que personne n’écoute.")),
        Entry(
            "permissions.page",
            "check",
            _("Autorisations"),
            about=_("Les papiers rendus par les familles, toute la classe sur une page."),
        ),
        Entry(
            "projects.every",
            "bookmark",
            _("Projets"),
            about=_("Ce qui est demandé aux familles, et à qui cela s’adresse."),
        ),
        Entry(
            "choices.page",
            "id-card",
            _("Choix du responsable de traitement"),
            about=_("Autorisation avant tout enregistrement, nombre de signatures."),
        ),
        Entry(
            "papers.page",
            "printer",
            _("Papiers"),
            about=_("Registre, notice, formulaires, analyse d’impact, et l’identité de l’école."),
        ),
        Entry(
            "incidents.page",
            "triangle-alert",
            _("Signaler un incident"),
            about=_("Vol, perte, erreur d’envoi : une fiche, et quoi faire dans l’ordre."),
        ),
        Entry("journal.page", "eye", _("Journal"), about=_("Qui a fait quoi, et quand.")),
        Entry(
            "year_end.page",
            "sun",
            _("Fin d’année"),
            about=_("Les copies des familles, l’effacement, les nouvelles clés ; ou la mise hors service."),
        ),
    )
