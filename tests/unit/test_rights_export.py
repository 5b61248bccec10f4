"""The file a family receives: all of its child, nothing of another, and shut to whoever has no words."""

import subprocess
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.config import BackupConfig
from appliance.domain.audit import Event, Role
from appliance.domain.captures import Quarantine
from appliance.domain.permissions import Nature, Scope, Signed
from appliance.domain.requests import Kind
from appliance.hub import audit, people, stations, traces
from appliance.hub.box import Box, Locked
from appliance.hub.errands import Busy
from appliance.hub.office import school
from appliance.hub.retention import lasting
from appliance.hub.rights import access_file, export_files, pupil_erasure, quarantine, requests
from appliance.hub.rights.access_file import Choice
from appliance.hub.rights.answers import Paper, Quality, Signatory
from appliance.papers.facts import School
from appliance.store import exports, journal, settings
from tests.conftest import HandClock
from tests.unit.hub_helpers import send
from tests.unit.rights_helpers import (
    PHOTO,
    WORDS,
    caption,
    carried,
    data,
    group,
    made,
    names_in,
    opened,
    someone,
    tom,
)

__all__ = ["tom"]

SEVEN_ZIP = "7z"


def test_all_of_the_child_is_in_it(open_box: Box, lina: str) -> None:
    voice = send(open_box, lina, b"ma voix")
    photo = send(open_box, lina, b"mon dessin", id=caption(open_box), caption_ms=4_000, **PHOTO)
    essay = send(open_box, lina, b"un essai", kept=False)
    audit.note_heard(open_box, voice, Role.STATION)
    carried(open_box, voice)
    files = opened(open_box, made(open_box, lina))
    told = {trace["identifiant"]: trace for trace in data(files)["traces"]}
    assert set(told) == {voice.id, photo.id, essay.id}
    assert files[told[voice.id]["fichier"]] == b"ma voix"
    assert files[told[photo.id]["fichier"]] == b"mon dessin"
    assert files[told[photo.id]["legende"]] == b"ma tour"
    assert told[voice.id]["conservee_jusqu_au"] == "2027-08-31"
    assert told[voice.id]["espace_famille"] == "there"
    assert [share["qui"] for share in told[voice.id]["partages"]] == ["un élève, à l’atelier"]
    assert told[essay.id]["gardee"] is False
    answers = [(a["nature"], a["portee"], a["etat"]) for a in data(files)["autorisations"]]
    assert ("voice", "family", "granted") in answers
    page = files["index.html"].decode()
    for each in ("Lecture, page 12", 'src="medias/', "Lina", "31 août 2027", "CNIL", "voix, en classe"):
        assert each.casefold() in page.casefold()
    read_me = files["LISEZ-MOI.txt"].decode()
    for each in ("À QUOI CELA SERT", "DE QUEL DROIT", "QUI LES REÇOIT", "COMBIEN DE TEMPS", "CNIL", "Lina"):
        assert each in read_me
    assert read_me.count("\n") == read_me.count("\r\n")


def test_names_of_files_tell_nothing_and_the_words_are_needed(open_box: Box, lina: str) -> None:
    send(open_box, lina, b"ma voix")
    row = made(open_box, lina)
    path = export_files.path_of(open_box, row.id)
    assert names_in(path) == ["medias/0001.mp3", "index.html", "donnees.json", "LISEZ-MOI.txt"]
    raw = path.read_bytes()
    for secret in (b"ma voix", b"Lina", b"Lecture"):
        assert secret not in raw
    with pytest.raises(RuntimeError, match=r"(?i)password"):
        opened(open_box, row, "d autres mots")
    assert path.stat().st_mode & 0o077 == 0
    assert lina not in path.name


def test_an_outside_program_opens_it_with_the_words_alone(open_box: Box, lina: str, tmp_path: Path) -> None:
    send(open_box, lina, b"ma voix")
    path = export_files.path_of(open_box, made(open_box, lina).id)
    wrong = subprocess.run([SEVEN_ZIP, "x", "-pfaux", f"-o{tmp_path}/non", str(path)], capture_output=True)
    assert wrong.returncode != 0
    subprocess.run(
        [SEVEN_ZIP, "x", f"-p{WORDS}", f"-o{tmp_path}/oui", str(path)], check=True, capture_output=True
    )
    assert (tmp_path / "oui/medias/0001.mp3").read_bytes() == b"ma voix"
    assert "Lina" in (tmp_path / "oui/index.html").read_text("utf-8")


def test_no_other_child_is_named_in_any_file(open_box: Box, lina: str, tom: str) -> None:
    stations.set_title(open_box, "A", "Le portrait de Tom, par Tomas", "book")
    own, both = send(open_box, lina, b"ma voix"), group(open_box, lina, tom)
    files = opened(open_box, made(open_box, lina, Choice(frozenset({both.id}))))
    for name, content in files.items():
        for secret in (b"Tom,", b"Tom<", b"de Tom ", tom.encode()):
            assert secret not in content, name
    titles = {trace["travail"] for trace in data(files)["traces"]}
    assert titles == {"Le portrait de […], par Tomas"}
    assert own.id != both.id


def test_no_other_child_is_named_in_what_was_typed(open_box: Box, lina: str, tom: str) -> None:
    said = "Ce n’est pas sa voix mais celle de Tom ; TOM l’a dit. Tomate, elle, reste."
    kind = Kind.RECTIFICATION
    requests.receive(open_box, kind, lina, received_on=open_box.today(), who="Mme D.", text=said)
    (told,) = data(opened(open_box, made(open_box, lina)))["demandes"]
    assert told["texte"] == said.replace("Tom ", "[…] ").replace("TOM", "[…]")


def test_a_trace_of_a_group_stays_in_class_unless_the_teacher_decides(
    open_box: Box, lina: str, tom: str
) -> None:
    both = group(open_box, lina, tom)
    (told,) = data(opened(open_box, made(open_box, lina)))["traces"]
    assert (told["copie"], told["fichier"], told["autres_enfants"]) == ("a_ecouter_en_classe", None, 1)
    files = opened(open_box, made(open_box, lina, Choice(frozenset({both.id}))))
    assert files[data(files)["traces"][0]["fichier"]] == b"deux voix"


def test_what_is_put_aside_by_right_is_told_and_not_copied(open_box: Box, lina: str) -> None:
    quarantine.put_aside(open_box, send(open_box, lina, b"ma voix"), Quarantine.LIMITATION)
    files = opened(open_box, made(open_box, lina))
    assert data(files)["traces"][0]["copie"] == "mise_de_cote"
    assert "medias/0001.mp3" not in files


def test_what_has_to_be_protected_is_in_no_file_but_an_authority_s(open_box: Box, lina: str) -> None:
    quarantine.put_aside(open_box, send(open_box, lina, b"un secret"), Quarantine.PROTECTED)
    files = opened(open_box, made(open_box, lina))
    assert data(files)["traces"] == []
    assert "protéger" not in files["index.html"].decode()
    legal = opened(open_box, made(open_box, lina, Choice(legal=True)))
    assert legal["medias/0001.mp3"] == b"un secret"
    assert journal.last_detail(open_box.database, Event.EXPORT_MADE) == "legal"


def test_a_damaged_trace_is_told_and_the_rest_is_copied(open_box: Box, lina: str) -> None:
    bad, good = send(open_box, lina, b"perdue"), send(open_box, lina, b"ma voix")
    open_box.shelf.media(bad.id, bad.packing).write_bytes(b"rien")
    files = opened(open_box, made(open_box, lina))
    told = {trace["identifiant"]: trace["copie"] for trace in data(files)["traces"]}
    assert told == {bad.id: "abimee", good.id: "copiee"}


def test_a_lock_in_the_middle_leaves_nothing(
    open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(open_box, lina, b"ma voix")

    def locks(box: Box, _capture: object) -> bytes:
        box.set_opener(None)
        return box.opener.open(b"")

    monkeypatch.setattr(traces, "media", locks)
    with pytest.raises(Locked):
        made(open_box, lina)
    assert list((open_box.config.data / "exports").iterdir()) == []
    assert exports.every(open_box.database) == []


def test_it_is_made_in_the_background_with_real_progress(open_box: Box, lina: str) -> None:
    send(open_box, lina, b"ma voix")
    words = access_file.begin(open_box, someone(open_box, lina), Choice())
    assert len(words.split()) == 7
    open_box.errands.join()
    errand = open_box.errands.of(access_file.errand(lina))
    assert errand is not None
    assert (errand.ended, errand.failed, errand.percent) == (True, False, 100)
    (row,) = access_file.of_pupil(open_box, lina)
    assert opened(open_box, row, words)["medias/0001.mp3"] == b"ma voix"


def test_two_at_once_wait_for_each_other(open_box: Box, lina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = send(open_box, lina, b"ma voix")
    started, content = [], traces.media(open_box, capture)

    def busy(box: Box, _capture: object) -> bytes:
        with pytest.raises(Busy):
            access_file.begin(box, someone(box, lina), Choice())
        started.append(True)
        return content

    monkeypatch.setattr(traces, "media", busy)
    access_file.begin(open_box, someone(open_box, lina), Choice())
    open_box.errands.join()
    assert started == [True]


def test_it_says_what_this_box_really_does(open_box: Box, lina: str) -> None:
    def read_me() -> str:
        return opened(open_box, made(open_box, lina))["LISEZ-MOI.txt"].decode()

    before = read_me()
    for words in ("Un essai : 30 jours", "sans autorisation écrite", "protection des données : ____"):
        assert words in before.replace("\u00a0", " ")
    school.save(open_box, School(name="École Prévert", dpo="dpd@ac-lyon.fr"))
    settings.put(open_box.database, lasting.UNSORTED, "45")
    settings.put(open_box.database, lasting.SHORT, "yes")
    settings.put(open_box.database, settings.PRIOR_PERMISSION, "no")
    after = read_me().replace("\u00a0", " ")
    for words in ("Un essai : 45 jours", "six mois", "École Prévert", "dpd@ac-lyon.fr"):
        assert words in after
    assert "sans autorisation écrite" not in after


def test_who_signed_is_told_in_words(open_box: Box, lina: str) -> None:
    signed = Signatory("Mme D.", Quality.PARENT_1, agrees=True, on=date(2027, 1, 5))
    second = Signatory("M. D.", Quality.GUARDIAN, agrees=True, on=date(2027, 1, 6))
    paper = Paper((signed, second), "classeur, p. 12")
    people.answer(open_box, lina, Nature.FILM, [Scope.CLASS], signed=Signed(2), paper=paper)
    files = opened(open_box, made(open_box, lina))
    said = "Mme D. (parent 1), oui le 5 janvier 2027 ; M. D. (tuteur ou tutrice), oui le 6 janvier 2027"
    (told,) = {a["qui_a_signe"] for a in data(files)["autorisations"] if a["nature"] == "film"}
    assert told.replace("\u00a0", " ") == said
    assert "parent_1" not in files["index.html"].decode()


def test_backups_are_spoken_of_where_there_are_some(open_box: Box, lina: str) -> None:
    said = opened(open_box, made(open_box, lina))["LISEZ-MOI.txt"].decode()
    assert "Sauvegardes" not in said
    assert pupil_erasure.extent(open_box, lina).in_backups_until is None
    open_box.config = replace(open_box.config, backup=BackupConfig(folder=Path("/media/clef")))
    said = opened(open_box, made(open_box, lina))["LISEZ-MOI.txt"].decode()
    assert "35 jours" in said
    until = pupil_erasure.extent(open_box, lina).in_backups_until
    assert until == date(2027, 2, 16)


def test_a_new_one_takes_the_place_of_the_former(open_box: Box, lina: str, tom: str) -> None:
    other, first = made(open_box, tom), made(open_box, lina)
    second = made(open_box, lina)
    assert {row.id for row in exports.every(open_box.database)} == {other.id, second.id}
    assert not export_files.path_of(open_box, first.id).exists()


def test_seven_days_then_it_goes(open_box: Box, lina: str, clock: HandClock) -> None:
    row = made(open_box, lina)
    assert row.last_day == date(2027, 1, 19)
    access_file.hand(open_box, row)
    assert exports.find(open_box.database, row.id).handed_on == date(2027, 1, 12)  # type: ignore[union-attr]
    clock.pass_(timedelta(days=7))
    assert exports.due(open_box.database, open_box.today()) == []
    clock.pass_(timedelta(days=1))
    (due,) = exports.due(open_box.database, open_box.today())
    export_files.erase(open_box, due)
    assert exports.every(open_box.database) == []
    assert not export_files.path_of(open_box, row.id).exists()
    assert journal.latest(open_box.database, Event.EXPORT_ERASED)


def test_three_hundred_traces_are_ready_in_no_time(open_box: Box, lina: str) -> None:
    content = bytes(50_000)
    for _ in range(60):
        send(open_box, lina, content)
    begun = time.monotonic()
    made(open_box, lina)
    # 300 in ten minutes is what is asked (E22); a busy machine has this long for a fifth of them.
    assert time.monotonic() - begun < 60
