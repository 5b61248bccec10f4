"""What a sticker opens on the class network, and what it never tells."""

from datetime import timedelta

import pytest

from appliance.domain.codes import human_code
from appliance.domain.permissions import Nature
from appliance.hub import people, review
from appliance.hub.box import Box
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, teacher, visitor
from web.guesses import EVERYWHERE, PER_ADDRESS

__all__ = ["app", "teacher", "visitor"]


def test_an_open_class_plays_without_a_login(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina, b"0123456789")
    page = said(visitor.get(f"/e/{capture.code}"))
    assert "Lina" in page
    assert "Lecture, page 12" in page
    assert f'<audio controls preload="metadata" src="/e/{capture.code}/contenu"' in page
    part = visitor.get(f"/e/{capture.code}/contenu", Range="bytes=2-3")
    assert (part.status_code, part.data, part.mimetype) == (206, b"23", "audio/mpeg")
    assert part.headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in part.headers


def test_a_photo_is_shown(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina, b"photo", nature=Nature.PRODUCTION, duration_ms=0)
    assert f'<img src="/e/{capture.code}/contenu"' in visitor.get(f"/e/{capture.code}").text
    assert visitor.get(f"/e/{capture.code}/contenu").mimetype == "image/jpeg"


def test_a_sticker_shows_one_trace_and_leads_nowhere_else(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina)
    other = send(open_box, lina)
    page = visitor.get(f"/e/{capture.code}").text
    assert capture.id not in page
    assert other.code not in page
    assert "/aujourdhui" not in page


def test_a_closed_class_answers_the_same_for_every_code(box: Box, visitor: Browser, lina: str) -> None:
    capture = send(box, lina)
    known, unknown = visitor.get(f"/e/{capture.code}"), visitor.get("/e/AAAAAAAAAAAA")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert known.status_code == 423
    assert "s’écoute en classe, quand la boîte est ouverte" in said(known)
    assert visitor.get(f"/e/{capture.code}/contenu").status_code == 423


def test_a_withdrawn_sticker_tells_nothing(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina)
    assert visitor.get(f"/e/{capture.code}").status_code == 200
    people.answer(open_box, lina, Nature.VOICE, [])
    answer = visitor.get(f"/e/{capture.code}")
    assert (answer.status_code, "a été retirée" in said(answer)) == (410, True)
    assert "Lina" not in answer.text
    assert visitor.get(f"/e/{capture.code}/contenu").status_code == 410


def test_an_erased_one_too(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina)
    review.delete(open_box, capture)
    assert visitor.get(f"/e/{capture.code}").status_code == 410


def test_a_code_typed_by_hand_finds_its_sticker(open_box: Box, visitor: Browser, lina: str) -> None:
    capture = send(open_box, lina)
    typed = human_code(capture.code).lower().replace("0", "o")
    assert visitor.get(f"/e?code={typed}").location == f"/e/{capture.code}"
    wrong = visitor.get("/e?code=7Q2M")
    assert (wrong.status_code, "douze lettres ou chiffres" in said(wrong)) == (200, True)


def test_guessing_is_slowed_down_for_a_minute(
    open_box: Box, app: object, visitor: Browser, lina: str, clock: HandClock
) -> None:
    capture = send(open_box, lina)
    for number in range(PER_ADDRESS):
        assert visitor.get(f"/e/{number:012d}").status_code == 404
    answer = visitor.get(f"/e/{capture.code}")
    assert (answer.status_code, "Attendez une minute" in said(answer)) == (429, True)
    assert visitor.get(f"/e/{capture.code}/contenu").status_code == 429
    clock.pass_(timedelta(minutes=1))
    assert visitor.get(f"/e/{capture.code}").status_code == 200


def test_one_guesser_does_not_stop_the_others(open_box: Box, app, visitor: Browser, lina: str) -> None:  # type: ignore[no-untyped-def]
    capture = send(open_box, lina)
    for number in range(PER_ADDRESS):
        visitor.get(f"/e/{number:012d}")
    assert Browser(app, "192.168.4.21").get(f"/e/{capture.code}").status_code == 200


def test_many_guessers_together_are_slowed_down(open_box: Box, app, lina: str) -> None:  # type: ignore[no-untyped-def]
    capture = send(open_box, lina)
    for number in range(EVERYWHERE):
        Browser(app, f"192.168.4.{number}").get(f"/e/{number:012d}")
    assert Browser(app, "192.168.5.1").get(f"/e/{capture.code}").status_code == 429


@pytest.mark.parametrize("code", ["x", "AAAA-AAAA", "%2e%2e%2fboite.db"])
def test_what_is_no_code_is_an_unknown_sticker(open_box: Box, visitor: Browser, code: str) -> None:
    assert visitor.get(f"/e/{code}").status_code == 404
