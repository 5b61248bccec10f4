"""What a station plays for a sticker, to whom; and the spoken caption of a photo."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from appliance.domain.captures import Capture
from appliance.domain.permissions import Nature, Scope
from appliance.hub import attribution, intake, people, review, traces
from appliance.hub.box import Box
from appliance.hub.keys import access
from appliance.store import captures
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from web import create_app
from web.sockets import station_app

PHOTO = {"station": "B", "nature": Nature.PRODUCTION, "duration_ms": 0}


def hear(box: Box, capture: Capture, pupil: str = "", station: str = "A") -> tuple[int, bytes, str]:
    answer = station_app(box).test_client().get(f"/heard/{station}/{capture.code}?pupil={pupil}")
    return answer.status_code, answer.data, answer.mimetype


def caption(box: Box, content: bytes = b"ma tour") -> str:
    """Send a caption ahead of its photo; the photo's id."""
    photo = box.new_id()
    sealed = box.sealer.seal(content)
    answer = station_app(box).test_client().put(f"/captures/{photo}/caption", data=sealed)
    assert answer.status_code == 204
    return photo


def media_files(box: Box) -> list[str]:
    return [path.name for path in (box.config.data / "media").rglob("*") if path.is_file()]


def test_a_sticker_is_heard_by_everyone_in_an_open_class(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, b"une voix")
    for station in ("A", "B"):
        assert hear(open_box, capture, station=station) == (200, b"une voix", "audio/mpeg")
    assert hear(open_box, capture, station="Z")[0] == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda box, capture, clock: access.lock(box), 409),
        (lambda box, capture, clock: review.delete(box, capture), 404),
        (lambda box, capture, clock: people.answer(box, capture.pupils[0], Nature.VOICE, []), 404),
        (lambda box, capture, clock: clock.pass_(timedelta(days=366)), 404),
        (lambda box, capture, clock: box.shelf.remove(capture.id), 404),
        (lambda box, capture, clock: box.shelf.write_media(capture.id, b"abimee"), 404),
    ],
)
def test_what_may_not_be_heard_is_not(
    open_box: Box, lina: str, clock: HandClock, change: Callable[[Box, Capture, HandClock], None], status: int
) -> None:
    capture = send(open_box, lina, b"une voix")
    change(open_box, capture, clock)
    code, content, _type = hear(open_box, capture)
    assert (code, b"une voix" in content) == (status, False)


def test_an_unknown_code_and_one_that_is_none_open_nothing(open_box: Box, lina: str) -> None:
    client = station_app(open_box).test_client()
    for code in ("000000000000", "bonjour"):
        assert client.get(f"/heard/A/{code}").status_code == 404


def test_what_a_pupil_keeps_for_themselves_is_heard_with_their_badge_alone(open_box: Box, lina: str) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    capture = send(open_box, lina, b"une voix", wish=Scope.SELF)
    assert [hear(open_box, capture, pupil)[0] for pupil in (lina, tom, "")] == [200, 403, 403]
    assert review.open_sticker(open_box, capture.code)[0] is review.Opening.AUTHOR_ONLY
    for wish in (Scope.CLASS, Scope.FAMILY, None):
        assert hear(open_box, send(open_box, lina, wish=wish), tom)[0] == 200


def test_a_photo_with_a_caption_speaks(open_box: Box, lina: str) -> None:
    photo = send(open_box, lina, b"une image", id=caption(open_box), caption_ms=4_000, **PHOTO)
    assert photo.caption_ms == 4_000
    assert hear(open_box, photo) == (200, b"ma tour", "audio/mpeg")
    assert traces.media(open_box, photo) == b"une image"
    silent = send(open_box, lina, b"une image", **PHOTO)
    assert hear(open_box, silent) == (200, b"une image", "image/jpeg")


def test_a_film_is_heard_as_a_film(open_box: Box, lina: str) -> None:
    people.answer(open_box, lina, Nature.FILM, [Scope.CLASS])
    film = send(open_box, lina, b"un film", nature=Nature.FILM)
    assert hear(open_box, film) == (200, b"un film", "video/mp4")


def test_a_caption_is_a_voice_and_needs_its_permission(open_box: Box, lina: str) -> None:
    people.answer(open_box, lina, Nature.VOICE, [])
    photo = send(open_box, lina, id=caption(open_box), caption_ms=4_000, **PHOTO)
    assert photo.caption_ms == 0
    assert [name for name in media_files(open_box) if "caption" in name] == []


def test_a_caption_that_did_not_come_is_not_announced(open_box: Box, lina: str) -> None:
    assert send(open_box, lina, caption_ms=4_000, **PHOTO).caption_ms == 0


def test_withdrawing_the_voice_takes_the_caption_and_leaves_the_photo(open_box: Box, lina: str) -> None:
    photo = send(open_box, lina, b"une image", id=caption(open_box), caption_ms=4_000, **PHOTO)
    people.answer(open_box, lina, Nature.VOICE, [])
    left = captures.find(open_box.database, photo.id)
    assert left is not None
    assert left.caption_ms == 0
    assert media_files(open_box) == [f"{photo.id}.age"]


def test_a_caption_does_not_follow_its_photo_to_a_pupil_who_may_not_be_heard(
    open_box: Box, lina: str
) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    people.answer(open_box, tom, Nature.PRODUCTION, [Scope.CLASS])
    photo = send(open_box, lina, id=caption(open_box), caption_ms=4_000, **PHOTO)
    attribution.give(open_box, photo, [tom])
    assert media_files(open_box) == [f"{photo.id}.age"]


def test_a_power_cut_leaves_no_withdrawn_caption(open_box: Box, lina: str) -> None:
    photo = send(open_box, lina, id=caption(open_box), caption_ms=4_000, **PHOTO)
    captures.drop_caption(open_box.database, photo.id)
    waiting = caption(open_box)
    assert intake.reconcile(open_box) == {"missing": 0, "remains": 1, "unclaimed": 1}
    assert sorted(media_files(open_box)) == sorted([f"{photo.id}.age", f"{waiting}.caption.age"])


def test_a_caption_goes_with_its_photo(open_box: Box, lina: str) -> None:
    photo = send(open_box, lina, id=caption(open_box), caption_ms=4_000, **PHOTO)
    assert intake.reconcile(open_box)["missing"] == 0
    review.delete(open_box, photo)
    assert media_files(open_box) == []
    intake.take_companion(open_box, photo.id, "caption", io.BytesIO(b"scellee"), 7)
    assert media_files(open_box) == []


@pytest.mark.parametrize("size", [0, 1024 * 1024 + 1])
def test_a_caption_has_a_size(box: Box, size: int) -> None:
    answer = station_app(box).test_client().put("/captures/x/caption", data=b"x" * size)
    assert answer.status_code == 413
    assert media_files(box) == []


def test_the_caption_of_nobody_s_photo_is_silent_once_a_voice_in_the_class_is_withdrawn(
    open_box: Box, lina: str
) -> None:
    tom = people.add(open_box, "Tom", pictogram="cat")
    for nature in (Nature.VOICE, Nature.PRODUCTION):
        people.answer(open_box, tom, nature, [Scope.CLASS])
    photo = send(
        open_box, lina, b"une image", id=caption(open_box), caption_ms=4_000, **{**PHOTO, "pupils": ()}
    )
    assert hear(open_box, photo)[1] == b"ma tour"
    people.answer(open_box, tom, Nature.VOICE, [])
    assert hear(open_box, photo) == (200, b"une image", "image/jpeg")
    answer = (
        create_app(open_box).test_client().get(f"/e/{photo.code}/legende", base_url="https://boite.local")
    )
    assert (answer.status_code, b"ma tour" in answer.data) == (404, False)


def test_a_caption_of_which_only_the_file_is_left_is_not_heard(open_box: Box, lina: str) -> None:
    photo = send(open_box, lina, b"une image", id=caption(open_box), caption_ms=4_000, **PHOTO)
    captures.drop_caption(open_box.database, photo.id)
    left = captures.find(open_box.database, photo.id)
    assert left is not None
    with pytest.raises(FileNotFoundError):
        traces.caption(open_box, left)
