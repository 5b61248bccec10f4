"""What papers promise is what this box does: no duration, copy or refusal that its settings contradict."""

from dataclasses import replace
from datetime import date

from appliance.config import BackupConfig
from appliance.domain.permissions import Nature, Scope
from appliance.hub.box import Box
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from appliance.store import settings
from tests.unit.test_papers import FORM, text
from tests.unit.web_helpers import Browser, app, quick_unlock, teacher

__all__ = ["app", "quick_unlock", "teacher"]


def test_a_form_says_what_becomes_of_it_under_what_was_chosen(teacher: Browser, box: Box) -> None:
    until = date(2027, 3, 31)
    short = projects.save(
        box,
        Project("", "Chorale", "Chanter", "", (Nature.VOICE,), (Scope.CLASS,), box.today(), until),
        is_new=True,
    )
    assert "effacé à cette date au plus tard" in text(teacher.get(FORM))
    ends = text(teacher.get(f"/papiers/autorisation/{short}"))
    assert (
        "finit le 31 mars 2027. La voix et l’image gardées sont alors fermées, et effacées 14 jours" in ends
    )
    assert "Sans réponse, la boîte n’enregistre ni ne montre" in ends
    settings.put(box.database, settings.PRIOR_PERMISSION, "no")
    loose = text(teacher.get(FORM))
    assert ("n’enregistre ni ne montre" in loose, "Un non l’arrête aussitôt" in loose) == (False, True)


def test_what_is_said_of_backups_and_of_the_ent_is_what_there_is(teacher: Browser, box: Box) -> None:
    said_of = text(teacher.get("/papiers/registre"))
    assert "Les sauvegardes qui suivent" not in said_of
    box.config = replace(box.config, backup=BackupConfig(ent_folder="sauvegardes"))
    assert "Les sauvegardes qui suivent" in text(teacher.get("/papiers/registre"))
