"""*Aujourd’hui*: the list, its actions, and the media behind it."""

import re
from datetime import date, timedelta

import pytest

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope
from appliance.hub import people
from appliance.hub.box import Box
from appliance.store import captures, outbox, printing
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher, visitor

__all__ = ["app", "teacher", "visitor"]

LIVE = "/jour/2027-01-12/liste"


def stored(box: Box, capture: Capture) -> Capture | None:
    return captures.find(box.database, capture.id)


def test_a_card_says_who_what_when_and_until_when(box: Box, teacher: Browser, lina: str) -> None:
    send(box, lina, cut=True, duration_ms=65_000)
    page = said(teacher.get("/aujourdhui"))
    for words in ("Lina", "Lecture, page 12", "8 h 40", "1 min 05", "jusqu’au 31 août 2027", "coupée"):
        assert words in page
    assert "mardi 12 janvier" in page


def test_a_take_nobody_kept_is_shown_as_such_and_can_be_kept(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina, kept=False)
    page = said(teacher.get("/aujourdhui"))
    assert "essai, pas gardé" in page
    assert "jusqu’au 11 février 2027" in page
    assert f"/trace/{capture.id}/liberer" not in page
    answer = teacher.post(f"/trace/{capture.id}/garder")
    assert answer.location == f"/jour/2027-01-12#t-{capture.id}"
    kept = stored(box, capture)
    assert kept is not None and kept.kept
    assert printing.waiting(box.database) == 1
    assert "Gardée : son étiquette s’imprime." in said(teacher.get("/aujourdhui"))


def test_releasing_asks_the_sync_and_shows_the_journey(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    assert teacher.post(f"/trace/{capture.id}/liberer").status_code == 303
    assert outbox.state_of(box.database, capture.code) == outbox.QUEUED
    assert "libérée, part au prochain envoi" in said(teacher.get("/aujourdhui"))
    (action,) = outbox.pending(box.database)
    outbox.verified(box.database, action.id, box.now())
    assert "dans l’espace famille" in said(teacher.get("/aujourdhui"))
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS])
    page = said(teacher.get("/aujourdhui"))
    assert "dans l’espace famille" not in page
    assert "reste en classe" in page


def test_what_a_family_keeps_in_class_is_not_released(box: Box, teacher: Browser, lina: str) -> None:
    people.answer(box, lina, Nature.VOICE, [Scope.CLASS])
    capture = send(box, lina)
    assert f"/trace/{capture.id}/liberer" not in teacher.get("/aujourdhui").text
    answer = teacher.post(f"/trace/{capture.id}/liberer", live=True)
    assert (answer.status_code, "Reste en classe" in said(answer)) == (409, True)
    teacher.post(f"/trace/{capture.id}/liberer")
    assert "Reste en classe" in said(teacher.get("/aujourdhui"))
    assert outbox.pending(box.database) == []


def test_a_take_is_not_released_before_it_is_kept(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina, kept=False)
    answer = teacher.post(f"/trace/{capture.id}/liberer", live=True)
    assert (answer.status_code, "Gardez-le d’abord" in said(answer)) == (409, True)


def test_reprinting_adds_a_sticker(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    before = printing.waiting(box.database)
    answer = teacher.post(f"/trace/{capture.id}/imprimer", live=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert printing.waiting(box.database) == before + 1


def test_erasing_is_told_honestly_and_done(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    page = said(teacher.get("/aujourdhui"))
    assert "Elle sera effacée de la boîte" in page
    assert "restes chiffrés, illisibles" in page
    assert teacher.post(f"/trace/{capture.id}/effacer").location == "/jour/2027-01-12"
    assert stored(box, capture) is None
    assert "Les traces du jour viendront ici." in said(teacher.get("/aujourdhui"))
    assert teacher.post(f"/trace/{capture.id}/effacer").status_code == 404


@pytest.mark.parametrize("action", ["garder", "liberer", "imprimer", "effacer"])
def test_an_action_is_never_a_link(box: Box, teacher: Browser, lina: str, action: str) -> None:
    capture = send(box, lina)
    assert teacher.get(f"/trace/{capture.id}/{action}").status_code == 405


def test_the_live_list_answers_304_until_something_changes(
    box: Box, teacher: Browser, lina: str, clock: HandClock
) -> None:
    capture = send(box, lina)
    first = teacher.get(LIVE, live=True)
    assert f'data-trace="{capture.id}"' in first.text
    assert "<html" not in first.text
    again = teacher.get(LIVE, live=True, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.text) == (304, "")
    job = printing.take_next(box.database)
    assert job is not None
    printing.printed(box.database, job.id, box.now())
    changed = teacher.get(LIVE, live=True, If_None_Match=first.headers["ETag"])
    assert changed.status_code == 200
    assert "étiquette imprimée" in said(changed)
    clock.pass_(timedelta(minutes=1))
    other = send(box, lina)
    newest = teacher.get(LIVE, live=True, If_None_Match=changed.headers["ETag"])
    assert newest.text.index(other.id) < newest.text.index(capture.id)


def test_days_without_captures_are_passed_over(
    box: Box, teacher: Browser, lina: str, clock: HandClock
) -> None:
    send(box, lina, taken_at=clock.now - timedelta(days=8))
    send(box, lina, taken_at=clock.now - timedelta(days=5))
    assert 'rel="prev" href="/jour/2027-01-07"' in teacher.get("/aujourdhui").text
    older = teacher.get("/jour/2027-01-07").text
    assert 'rel="prev" href="/jour/2027-01-04"' in older
    assert 'rel="next" href="/aujourdhui"' in older
    oldest = teacher.get("/jour/2027-01-04").text
    assert 'rel="prev"' not in oldest
    assert 'rel="next" href="/jour/2027-01-07"' in oldest
    assert teacher.get("/jour/2027-01-12").location == "/aujourdhui"


def test_a_long_day_comes_fifty_at_a_time(box: Box, teacher: Browser, lina: str) -> None:
    for _ in range(53):
        send(box, lina)
    first, second = teacher.get("/aujourdhui").text, teacher.get("/jour/2027-01-12?page=2").text
    shown = [set(re.findall(r'data-trace="([^"]+)"', page)) for page in (first, second)]
    assert (len(shown[0]), len(shown[1]), shown[0] & shown[1]) == (50, 3, set())
    assert "Page 1 sur 2" in said(teacher.get("/aujourdhui"))
    assert "53 traces" in said(teacher.get("/aujourdhui"))


def test_releasing_all_shows_them_first_and_takes_no_other(box: Box, teacher: Browser, lina: str) -> None:
    kept = [send(box, lina) for _ in range(2)]
    draft = send(box, lina, kept=False)
    assert "Libérer les 2 traces gardées" in said(teacher.get("/aujourdhui"))
    page = teacher.get("/jour/2027-01-12/liberer").text
    wanted = re.search(r'name="traces" value="([^"]*)"', page)
    assert wanted is not None
    assert set(wanted.group(1).split(",")) == {capture.id for capture in kept}
    late = send(box, lina)
    answer = teacher.post("/jour/2027-01-12/liberer", {"traces": f"{wanted.group(1)},{draft.id}"})
    assert answer.location == "/jour/2027-01-12"
    released = {c.id for c in captures.of_pupil(box.database, lina) if c.released_at is not None}
    assert released == {capture.id for capture in kept}
    assert late.id not in released
    assert "2 traces sont libérées" in said(teacher.get("/aujourdhui"))


def test_a_sound_can_be_sought_in(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina, b"0123456789")
    url = f"/trace/{capture.id}/contenu"
    whole = teacher.get(url)
    assert (whole.data, whole.mimetype) == (b"0123456789", "audio/mpeg")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in whole.headers
    part = teacher.get(url, Range="bytes=4-6")
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"456", "bytes 4-6/10")
    assert teacher.get(url, Range="bytes=7-").data == b"789"
    assert teacher.get(url, Range="bytes=40-").status_code == 416


def test_a_photo_shows_its_thumbnail_in_the_list(box: Box, teacher: Browser, lina: str) -> None:
    photo_id = box.new_id()
    box.shelf.write_thumbnail(photo_id, box.sealer.seal(b"small"))
    send(box, lina, b"large", id=photo_id, nature=Nature.PRODUCTION, station="B", duration_ms=0)
    assert f"/trace/{photo_id}/vignette" in teacher.get("/aujourdhui").text
    assert teacher.get(f"/trace/{photo_id}/vignette").data == b"small"
    full = teacher.get(f"/trace/{photo_id}/contenu")
    assert (full.data, full.mimetype) == (b"large", "image/jpeg")


def test_a_photo_without_a_thumbnail_is_shown_itself(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina, b"large", nature=Nature.PRODUCTION, duration_ms=0)
    assert teacher.get(f"/trace/{capture.id}/vignette").data == b"large"


def test_a_missing_file_is_a_plain_404(box: Box, teacher: Browser, lina: str) -> None:
    capture = send(box, lina)
    box.shelf.remove(capture.id)
    assert teacher.get(f"/trace/{capture.id}/contenu").status_code == 404


def test_nothing_goes_home_from_a_school_without_ent(
    box: Box, teacher: Browser, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(box.config.ent, "kind", "none")
    send(box, lina)
    assert "ibérer" not in teacher.get("/aujourdhui").text


def test_the_watermark_is_on_every_page(box: Box, teacher: Browser, visitor: Browser) -> None:
    assert "DÉMO" not in teacher.get("/aujourdhui").text
    object.__setattr__(box.config, "watermark", "DÉMO")
    for path in ("/aujourdhui", "/eleves", "/nulle-part", "/e", "/e/AAAAAAAAAAAA"):
        assert "<strong>DÉMO</strong>" in teacher.get(path).text


def test_the_day_follows_the_school_s_clock(box: Box, teacher: Browser, lina: str, clock: HandClock) -> None:
    send(box, lina, taken_at=clock.now.replace(hour=0, minute=5))
    assert "1 trace" in said(teacher.get("/aujourdhui"))
    assert date(2027, 1, 12) == box.today()


@pytest.mark.parametrize("path", ["/jour/9999-12-31", "/jour/0001-01-01"])
def test_a_day_that_no_calendar_shows_is_not_there(teacher: Browser, path: str) -> None:
    assert teacher.get(path).status_code == 404


def test_a_page_far_beyond_the_last_is_empty(teacher: Browser) -> None:
    assert teacher.get(f"/jour/2027-01-12?page={10**30}").status_code == 200
