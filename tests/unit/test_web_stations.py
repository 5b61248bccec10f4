"""*Ateliers*: opening and closing, all that one station asks, its consignes, its image, its hours."""

import io
import wave
from datetime import time, timedelta

import pytest
from PIL import Image

from appliance.domain.opening import Slot
from appliance.domain.permissions import Nature
from appliance.hub import groups, intake, openings, people, pictures, stations, voices
from appliance.hub.box import Box
from appliance.store import scenarios
from tests.conftest import HandClock
from tests.unit.web_helpers import Browser, app, said, teacher, visitor

__all__ = ["app", "teacher", "visitor"]

FORM = {"titre": "Lecture, page 12", "signe": "book", "qui": "tous", "duree": "180", "ensemble": "1"}


def photo(noise: float, **options: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((2400, 1600), noise).convert("RGB").save(made, "JPEG", quality=95, **options)
    return made.getvalue()


def record(box: Box, key: str) -> None:
    tone = bytes(2) + b"\x00\x30\x00\xd0" * 12_000
    wav = io.BytesIO()

    with wave.open(wav, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(tone)
    voices.save(box, key, wav.getvalue(), lambda pcm: pcm)


def test_the_page_says_which_stations_are_open_and_until_when(
    box: Box, teacher: Browser, clock: HandClock
) -> None:
    page = said(teacher.get("/stations"))
    assert page.count("<span>ouverte</span>") == 2
    openings.set_hours(box, "A", [Slot(1, time(8, 30), time(11, 45))])
    openings.close_now(box, ["B"])
    page = said(teacher.get("/stations"))
    assert "ouverte jusqu’à 11 h 45" in page
    assert "<span>fermée</span>" in page
    openings.set_hours(box, "A", [Slot(1, time(13, 30), time(16, 30))])
    assert "fermée, ouvre à 13 h 30" in said(teacher.get("/stations"))
    openings.set_hours(box, "A", [Slot(1, time(7), time(8))])
    assert "fermée, ouvre mardi 19 janvier, 7 h 00" in said(teacher.get("/stations"))


def test_stations_are_opened_ended_and_closed_together_or_one_by_one(
    box: Box, teacher: Browser, clock: HandClock
) -> None:
    def closes(station: str) -> object:
        opening = openings.of(box, station)
        return opening.closes_at(box.now()) if opening.is_open(box.now()) else "closed"

    assert teacher.post("/stations/ouverture", {"ordre": "fermer"}).location == "/stations"
    assert (closes("A"), closes("B")) == ("closed", "closed")
    teacher.post("/stations/ouverture", {"ordre": "ouvrir", "minutes": "20", "station": "A"})
    assert (closes("A"), closes("B")) == (clock.now + timedelta(minutes=20), "closed")
    teacher.post("/stations/ouverture", {"ordre": "ouvrir"})
    assert closes("B") == clock.now + timedelta(minutes=40)
    teacher.post("/stations/ouverture", {"ordre": "finir"})
    assert closes("A") == closes("B") == clock.now + timedelta(minutes=1)
    assert "ferment dans une minute" in said(teacher.get("/stations"))
    teacher.post("/stations/ouverture", {"ordre": "horaires", "station": "A"})
    assert closes("A") is None
    assert teacher.post("/stations/ouverture", {"ordre": "exploser"}).status_code == 400


def test_all_that_a_station_asks_is_on_one_form(box: Box, teacher: Browser, lina: str) -> None:
    blue = groups.save(box, "", "Les Bleus", "star", [lina])
    changed = {
        "titre": "  Je dis  ma poésie ",
        "signe": "ear",
        "domaine": "Oral",
        "competence": "Réciter",
        "nature": "film",
        "duree": "60",
        "ensemble": "3",
        "qui": "groupes",
        "groupe": blue,
        "souhait": "1",
        "legende": "1",
        "brouillon": "1",
    }
    assert teacher.post("/stations/B", changed).location == "/stations/B"
    row = stations.scenario(box, "B")
    assert stations.words(box, row) == stations.Words("Je dis ma poésie", "Oral", "Réciter")
    assert (row.pictogram, row.nature, row.limit_seconds, row.group_max) == ("ear", Nature.FILM, 60, 3)
    assert (row.wish, row.caption, row.draft, row.groups) == (True, True, True, (blue,))
    page = said(teacher.get("/stations/B"))
    for words in ("Je dis ma poésie", "Réciter", "Les Bleus"):
        assert words in page


def test_settings_alone_keep_the_scenario_and_its_earlier_captures_words(box: Box, teacher: Browser) -> None:
    before = stations.scenario(box, "A")
    teacher.post("/stations/A", {**FORM, "duree": "60"})
    assert (stations.scenario(box, "A").id, stations.scenario(box, "A").limit_seconds) == (before.id, 60)
    teacher.post("/stations/A", {**FORM, "domaine": "Lire"})
    assert stations.scenario(box, "A").id != before.id
    assert scenarios.find(box.database, before.id) is not None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"titre": ""}, "l’étiquette le portera"),
        ({"titre": "x" * 61}, "60 caractères"),
        ({"competence": "x" * 61}, "60 caractères"),
        ({"qui": "groupes"}, "au moins un groupe"),
    ],
)
def test_a_wrong_form_is_told_and_changes_nothing(
    box: Box, teacher: Browser, typed: dict[str, str], why: str
) -> None:
    before = stations.scenario(box, "A")
    answer = teacher.post("/stations/A", {**FORM, "duree": "60", **typed})
    assert (answer.status_code, why in said(answer)) == (400, True)
    assert stations.scenario(box, "A") == before


def test_what_is_no_choice_of_ours_is_left_as_it_was(box: Box, teacher: Browser) -> None:
    before = stations.scenario(box, "A")
    odd = {"nature": "image", "duree": "86400", "ensemble": "99", "signe": "turtle"}
    teacher.post("/stations/A", {**FORM, **odd})
    assert stations.scenario(box, "A") == before


def test_a_consigne_is_recorded_per_language_and_follows_its_scenario_if_it_still_fits(
    box: Box, teacher: Browser, lina: str
) -> None:
    people.set_needs(box, lina, language="uk", slow=False)
    scenario = stations.scenario(box, "A").id
    page = said(teacher.get("/stations/A"))
    assert page.index(f"consigne/{scenario}/uk") < page.index("D’autres langues")
    assert page.index(f"consigne/{scenario}/ar") > page.index("D’autres langues")
    assert "meme-consigne" not in page
    for language in ("fr", "uk"):
        record(box, f"consigne/{scenario}/{language}")
    assert "meme-consigne" in teacher.get("/stations/A").text

    teacher.post("/stations/A", {**FORM, "titre": "Lecture, p. 12", "meme-consigne": "1"})
    renamed = stations.scenario(box, "A").id
    assert set(voices.listing(box)) == {f"consigne/{renamed}/fr", f"consigne/{renamed}/uk"}
    assert voices.pcm(box, f"consigne/{renamed}/fr")
    assert intake.roster(box, "A").task.scenario == renamed

    teacher.post("/stations/A", {**FORM, "titre": "Une poésie", "consigne-connue": "1"})
    assert voices.listing(box) == {}
    assert [path.name for path in (box.config.data / "voices").iterdir()] == []


def test_the_quick_form_keeps_the_consigne_and_the_settings(box: Box, teacher: Browser) -> None:
    teacher.post("/stations/A", {**FORM, "duree": "60", "ensemble": "2"})
    record(box, f"consigne/{stations.scenario(box, 'A').id}/fr")
    titles = {"titre-A": "Neuf", "signe-A": "ear", "titre-B": "Le nombre 24", "signe-B": "puzzle"}
    assert teacher.post("/stations", titles).status_code == 303
    row = stations.scenario(box, "A")
    assert (row.limit_seconds, row.group_max) == (60, 2)
    assert list(voices.listing(box)) == [f"consigne/{row.id}/fr"]


def test_an_image_is_made_small_and_anonymous_and_shown(box: Box, teacher: Browser) -> None:
    exif = Image.Exif()
    exif[0x010F] = "MarqueDeTelephone"
    sent = {"image": (io.BytesIO(photo(0, exif=exif)), "IMG_2024.jpg")}
    assert teacher.post("/stations/A/image", sent).location == "/stations/A#image"
    shown = teacher.get("/stations/A/image.jpg")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert b"MarqueDeTelephone" not in shown.data
    with Image.open(io.BytesIO(shown.data)) as image:
        assert max(image.size) == pictures.LONGEST_SIDE
    assert "/stations/A/image.jpg" in teacher.get("/stations/A/tableau").text
    teacher.post("/stations/A/image")
    assert teacher.get("/stations/A/image.jpg").status_code == 404


def test_the_busiest_image_fits_in_a_megabyte() -> None:
    busy = photo(90)
    assert len(busy) > 2 * pictures.LARGEST
    assert len(pictures.as_jpeg(busy)) <= pictures.LARGEST


@pytest.mark.parametrize("content", [b"bonjour", b"\xff\xd8\xff\xe0 pas une photo"])
def test_a_file_that_is_no_image_is_told(box: Box, teacher: Browser, content: bytes) -> None:
    teacher.post("/stations/A/image", {"image": (io.BytesIO(content), "x.jpg")})
    assert "n’est pas une image" in said(teacher.get("/stations/A"))
    assert stations.scenario(box, "A").picture is None


def test_the_week_is_typed_in_one_table(box: Box, teacher: Browser) -> None:
    week = {"debut-0-matin": "08:30", "fin-0-matin": "11:45", "debut-4-apres-midi": "13:30"}
    wrong = teacher.post("/stations/A/horaires", week)
    assert (wrong.status_code, "un début et une fin" in said(wrong)) == (400, True)
    assert 'value="13:30"' in wrong.text
    week["fin-4-apres-midi"] = "16:30"
    assert teacher.post("/stations/A/horaires", week).location == "/stations"
    slots = openings.of(box, "A").slots
    assert [(slot.weekday, f"{slot.start:%H:%M}") for slot in slots] == [(0, "08:30"), (4, "13:30")]
    assert openings.of(box, "B").slots == ()
    assert 'value="08:30"' in teacher.get("/stations/A/horaires").text
    teacher.post("/stations/A/horaires", {**week, "partout": "1"})
    assert openings.of(box, "B").slots == slots
    teacher.post("/stations/A/horaires", {"debut-0-matin": "11:45", "fin-0-matin": "08:30"})
    assert openings.of(box, "A").slots == slots


@pytest.mark.parametrize("path", ["", "/horaires", "/image.jpg", "/tableau"])
def test_a_station_that_does_not_exist_is_a_404(teacher: Browser, path: str) -> None:
    assert teacher.get(f"/stations/Z{path}").status_code == 404


@pytest.mark.parametrize("path", ["/stations/A", "/stations/A/horaires", "/stations/A/image.jpg"])
def test_only_the_teacher_prepares_a_station(box: Box, visitor: Browser, path: str) -> None:
    assert visitor.get(path).status_code == 303


def test_a_consigne_recorded_while_the_form_was_open_stays(box: Box, teacher: Browser) -> None:
    assert 'name="meme-consigne"' not in teacher.get("/stations/A").text
    record(box, f"consigne/{stations.scenario(box, 'A').id}/fr")
    teacher.post("/stations/A", {**FORM, "domaine": "Lecture"})
    assert list(voices.listing(box)) == [f"consigne/{stations.scenario(box, 'A').id}/fr"]


def test_the_quick_form_keeps_the_domain_and_tells_of_the_consigne(box: Box, teacher: Browser) -> None:
    teacher.post("/stations/A", {**FORM, "domaine": "Lecture", "competence": "Lire"})
    record(box, f"consigne/{stations.scenario(box, 'A').id}/fr")
    titles = {"titre-A": "Neuf", "signe-A": "ear", "titre-B": "Autre chose", "signe-B": "puzzle"}
    teacher.post("/stations", titles)
    assert stations.words(box, stations.scenario(box, "A")) == stations.Words("Neuf", "Lecture", "Lire")
    page = said(teacher.get("/stations"))
    assert "La station A dit encore la consigne d’avant" in page
    assert "La station B dit encore" not in page


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"ordre": "fermer", "station": "Z"}, 404),
        ({"ordre": "ouvrir", "minutes": "999999999999"}, 303),
        ({"ordre": "ouvrir", "minutes": "-5"}, 303),
    ],
)
def test_an_order_that_no_page_gives_does_no_harm(
    box: Box, teacher: Browser, data: dict[str, str], status: int
) -> None:
    assert teacher.post("/stations/ouverture", data).status_code == status
    assert openings.of(box, "A").is_open(box.now())


def test_an_order_to_one_station_comes_back_to_it(teacher: Browser) -> None:
    answer = teacher.post("/stations/ouverture", {"ordre": "fermer", "station": "B"})
    assert answer.location == "/stations#station-B"


def test_the_end_of_closed_workshops_promises_nothing(box: Box, teacher: Browser) -> None:
    openings.close_now(box, ["A", "B"])
    teacher.post("/stations/ouverture", {"ordre": "finir"})
    page = said(teacher.get("/stations"))
    assert "sont prévenus" not in page
    assert "étaient déjà fermés" in page


def test_two_spans_before_noon_are_both_shown_and_kept(box: Box, teacher: Browser) -> None:
    week = {"debut-1-matin": "08:30", "fin-1-matin": "10:00"}
    week |= {"debut-1-apres-midi": "10:30", "fin-1-apres-midi": "11:45"}
    teacher.post("/stations/A/horaires", week)
    page = teacher.get("/stations/A/horaires").text
    assert [f'value="{hour}"' in page for hour in ("08:30", "10:00", "10:30", "11:45")] == [True] * 4
    crossed = {**week, "debut-1-apres-midi": "09:30"}
    assert teacher.post("/stations/A/horaires", crossed).status_code == 400


def test_only_photos_are_opened(box: Box) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8)).save(drawn, "TIFF")
    with pytest.raises(ValueError, match="pas une image"):
        pictures.as_jpeg(drawn.getvalue())
