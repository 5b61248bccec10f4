"""The card of a trace says what a teacher has to look at, and two touches are enough."""

import re

import pytest

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, people
from appliance.hub.box import Box
from appliance.store import captures, journal, outbox, printing
from tests.unit.hub_helpers import send
from tests.unit.test_hub_hearing import PHOTO, caption
from tests.unit.web_helpers import Browser, app, said, teacher, visitor

__all__ = ["app", "teacher", "visitor"]

DAY = "/jour/2027-01-12/liberer"


@pytest.fixture
def tom(box: Box) -> str:
    pupil = people.add(box, "Tom", pictogram="cat")
    people.answer(box, pupil, Nature.VOICE, [Scope.CLASS, Scope.FAMILY])
    return pupil


def card(teacher: Browser, capture: Capture) -> str:
    page = said(teacher.get("/aujourdhui"))
    found = re.search(rf'<article[^>]*data-trace="{capture.id}".*?</article>', page, re.S)
    assert found is not None
    return found.group()


def again(box: Box, capture: Capture) -> Capture:
    found = captures.find(box.database, capture.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"empty": True, "kept": False}, "vide, sans étiquette"),
        ({"pupils": ()}, "à attribuer"),
        ({"advice": "noisy"}, "il y avait du bruit"),
        ({"advice": "far"}, "loin du micro"),
        ({"advice": "loud"}, "trop fort"),
        ({"wish": Scope.SELF}, "Lina veut : que personne d’autre n’écoute"),
        ({"wish": Scope.CLASS}, "Lina veut : sa classe"),
        ({"wish": Scope.PARTNER_CLASS}, "Lina veut : une autre école"),
        ({"wish": Scope.CLASS, "pupils": ()}, "L’élève veut : sa classe"),
    ],
)
def test_a_card_says_it(box: Box, teacher: Browser, lina: str, facts: dict[str, object], words: str) -> None:
    assert words not in card(teacher, send(box, lina))
    assert words in card(teacher, send(box, lina, **facts))


def test_a_card_flags_a_badge_seen_twice_and_names_everybody(
    box: Box, teacher: Browser, lina: str, tom: str
) -> None:
    first, second = send(box, lina, pupils=(lina, tom)), send(box, lina, station="B", wish=Scope.FAMILY)
    assert "badge utilisé à deux ateliers" not in card(teacher, first)
    assert "badge utilisé à deux ateliers" in card(teacher, second)
    assert "Lina et Tom" in card(teacher, first)
    assert "veulent : leur maison" in card(teacher, send(box, lina, pupils=(lina, tom), wish=Scope.FAMILY))


def test_an_unknown_owner_is_found_in_two_touches(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    capture = send(box, lina, pupils=())
    (link,) = re.findall(rf'href="(/trace/{capture.id}/a-qui)"', card(teacher, capture))
    page = said(teacher.get(link))
    assert f'name="eleve" value="{tom}"' in page
    assert teacher.post(link, {"eleve": tom}).location == f"/jour/2027-01-12#t-{capture.id}"
    assert again(box, capture).pupils == (tom,)
    assert "la nouvelle étiquette s’imprime" in said(teacher.get("/aujourdhui"))


def test_whose_it_is_is_asked_beside_what_there_is_to_see_or_hear(
    box: Box, teacher: Browser, lina: str
) -> None:
    photo = send(box, lina, b"une image", id=caption(box), caption_ms=4_000, **PHOTO)
    page = teacher.get(f"/trace/{photo.id}/a-qui").text
    for part in ("vignette", "legende"):
        assert f'src="/trace/{photo.id}/{part}"' in page
    people.answer(box, lina, Nature.FILM, [Scope.CLASS])
    film = send(box, lina, b"un film", nature=Nature.FILM, station="B")
    assert "<video controls" in teacher.get(f"/trace/{film.id}/a-qui").text


def test_a_wrong_owner_is_corrected_in_two_touches(
    box: Box, teacher: Browser, visitor: Browser, lina: str, tom: str
) -> None:
    capture = send(box, lina)
    (link,) = re.findall(rf'href="(/trace/{capture.id}/a-qui)"', card(teacher, capture))
    page = said(teacher.get(link))
    assert "Ce n’est pas Lina" in page
    assert f'class="button plain" name="eleve" value="{lina}"' not in page
    teacher.post(link, {"eleve": tom})
    old = visitor.get(f"/e/{capture.code}")
    assert (old.status_code, "Étiquette annulée" in said(old)) == (410, True)
    assert visitor.get(f"/e/{again(box, capture).code}").status_code == 200


def test_several_owners_are_chosen_together(box: Box, teacher: Browser, lina: str, tom: str) -> None:
    capture = send(box, lina, pupils=())
    teacher.post(f"/trace/{capture.id}/a-qui", {"eleve": [lina, tom]})
    assert set(again(box, capture).pupils) == {lina, tom}


def test_who_may_not_be_recorded_is_not_offered_and_not_accepted(
    box: Box, teacher: Browser, lina: str
) -> None:
    capture = send(box, lina)
    sami = people.add(box, "Sami", pictogram="fish")
    page = said(teacher.get(f"/trace/{capture.id}/a-qui"))
    assert sami not in page
    assert "absents de la liste : Sami" in page
    for wrong, why in ((sami, "n’a pas autorisé"), ("personne", "un à six élèves"), ("", "un à six")):
        teacher.post(f"/trace/{capture.id}/a-qui", {"eleve": wrong})
        assert why in said(teacher.get("/aujourdhui"))
    assert again(box, capture) == capture


def test_beyond_the_pupil_s_wish_the_pupil_is_asked_first(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina, wish=Scope.CLASS)
    assert "Demandez-lui avant." in card(teacher, capture)
    refused = teacher.post(f"/trace/{capture.id}/liberer", live=True)
    assert (refused.status_code, "a choisi autre chose" in said(refused)) == (409, True)
    assert outbox.pending(box.database) == []
    teacher.post(f"/trace/{capture.id}/liberer", {"demande": "1"})
    assert outbox.state_of(box.database, capture.code) == outbox.QUEUED
    assert journal.latest(box.database, "pupil_asked_again")


@pytest.mark.parametrize("wish", [Scope.FAMILY, Scope.PARTNER_CLASS, None])
def test_within_the_pupil_s_wish_one_touch_releases(
    box: Box, teacher: Browser, lina: str, wish: Scope | None
) -> None:
    capture = send(box, lina, wish=wish)
    assert "Demandez-lui" not in card(teacher, capture)
    teacher.post(f"/trace/{capture.id}/liberer")
    assert outbox.state_of(box.database, capture.code) == outbox.QUEUED
    assert journal.latest(box.database, "pupil_asked_again") is None


def test_letting_all_go_leaves_what_pupils_wish_otherwise_and_says_how_many(
    box: Box, teacher: Browser, lina: str
) -> None:
    free, held = send(box, lina), send(box, lina, wish=Scope.SELF)
    send(box, lina, empty=True)
    send(box, lina, pupils=())
    assert "Libérer la trace gardée" in said(teacher.get("/aujourdhui"))
    assert "1 trace reste aussi" in said(teacher.get(DAY))
    teacher.post(DAY, {"traces": f"{free.id},{held.id}"})
    assert [action.code for action in outbox.pending(box.database)] == [free.code]
    page = said(teacher.get("/aujourdhui"))
    assert "1 trace est libérée" in page
    assert "1 trace reste : son élève a choisi autre chose" in page


def test_a_sticker_for_its_author_alone_plays_on_no_other_device(
    box: Box, teacher: Browser, visitor: Browser, lina: str
) -> None:
    capture = send(box, lina, b"une voix", wish=Scope.SELF)
    page = visitor.get(f"/e/{capture.code}")
    assert (page.status_code, "avec le badge de son auteur" in said(page)) == (403, True)
    assert b"une voix" not in visitor.get(f"/e/{capture.code}/contenu").data
    assert teacher.get(f"/trace/{capture.id}/contenu").data == b"une voix"


def test_a_caption_is_heard_beside_its_photo(box: Box, teacher: Browser, visitor: Browser, lina: str) -> None:
    capture = send(box, lina, b"une image", id=caption(box), caption_ms=4_000, **PHOTO)
    assert f"/trace/{capture.id}/legende" in card(teacher, capture)
    for path in (f"/trace/{capture.id}/legende", f"/e/{capture.code}/legende"):
        heard = teacher.get(path)
        assert (heard.data, heard.mimetype) == (b"ma tour", "audio/mpeg")
    assert f"/e/{capture.code}/legende" in visitor.get(f"/e/{capture.code}").text
    silent = send(box, lina, **PHOTO)
    assert teacher.get(f"/trace/{silent.id}/legende").status_code == 404


def test_a_film_is_played(box: Box, teacher: Browser, visitor: Browser, lina: str) -> None:
    people.answer(box, lina, Nature.FILM, [Scope.CLASS])
    film_id = box.new_id()
    box.shelf.write_thumbnail(film_id, box.sealer.seal(b"petite"))
    film = send(box, lina, b"un film", id=film_id, nature=Nature.FILM, station="B")
    assert f"/trace/{film.id}/vignette" in card(teacher, film)
    for path in (f"/trace/{film.id}", f"/e/{film.code}"):
        assert "<video controls" in teacher.get(path).text
    played = visitor.get(f"/e/{film.code}/contenu", Range="bytes=0-1")
    assert (played.status_code, played.mimetype) == (206, "video/mp4")
    assert visitor.get(f"/e/{film.code}/vignette").data == b"petite"
    bare = send(box, lina, b"un film", nature=Nature.FILM, station="B")
    assert "/vignette" not in card(teacher, bare)
    assert teacher.get(f"/trace/{bare.id}/vignette").status_code == 404


def test_giving_prints_nothing_for_what_has_no_sticker(
    box: Box, lina: str, tom: str, teacher: Browser
) -> None:
    capture = send(box, lina, kept=False)
    attribution.give(box, capture, [tom])
    assert printing.waiting(box.database) == 0
