"""What every ENT connector does, on real servers: wsgidav, rclone, and wsgidav dressed as Nextcloud."""

import shutil
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.ent.ports import (
    EntFull,
    EntTaken,
)
from appliance.simulator.ent_server import dav_app
from tests.contract.ent_servers import (
    CODE,
    OTHER,
    OTHER_PATH,
    OTHER_STORED,
    PASSWORD,
    PATH,
    STORED,
    USER,
    VOICE,
    Server,
    answering,
    nextcloud,
    serving,
)

# What arrives


def test_a_file_arrives_whole_under_its_path(server: Server) -> None:
    proof = server.space().put(PATH, VOICE, datetime(2027, 1, 12, 8, 40, tzinfo=UTC))
    assert proof.sent
    assert proof.size == len(VOICE)
    assert (server.root / STORED).read_bytes() == VOICE
    assert server.files() == {STORED}


def test_what_is_there_already_is_proven_and_not_sent_again(server: Server) -> None:
    server.space().put(PATH, VOICE)
    assert server.requests()["PUT"] == 1
    again = server.space().put(PATH, VOICE)
    assert not again.sent
    assert "PUT" not in server.requests()
    assert server.files() == {STORED}


def test_another_content_under_the_name_is_left_alone(server: Server) -> None:
    target = server.root / STORED
    target.parent.mkdir(parents=True)
    for mine in (b"somebody's work", b"x" * len(VOICE)):
        target.write_bytes(mine)
        with pytest.raises(EntTaken):
            server.space().put(PATH, VOICE)
        assert target.read_bytes() == mine
        assert server.files() == {STORED}


def test_a_name_taken_between_looking_and_moving_is_left_alone(server: Server) -> None:
    space = server.space()
    space.ensure_folder(PATH[:-1])
    (server.root / STORED).write_bytes(b"just arrived")
    with pytest.raises(EntTaken):
        space.put(PATH, VOICE)
    assert (server.root / STORED).read_bytes() == b"just arrived"
    assert server.files() == {STORED}


def test_folders_are_made_once_and_only_when_absent(server: Server) -> None:
    space = server.space()
    for number in range(3):
        space.put((*PATH[:-1], f"Essai {number} 7Q2M-9XKD-4HT{number}.mp3"), VOICE)
    assert server.requests()["MKCOL"] == 2
    later = server.space()
    later.put((*PATH[:-1], "Encore 7Q2M-9XKD-4HT9.mp3"), VOICE)
    assert "MKCOL" not in server.requests()


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (
            ("CP/CE1", "É. & O’ #1 100%", "Qui ? 7Q2M-9XKD-4HTR.mp3"),
            "CP CE1/É. & O’ #1 100%/Qui 7Q2M-9XKD-4HTR.mp3",
        ),
        (("...", "CON", ".htaccess 7Q2M-9XKD-4HTR.jpg"), "sans nom/_CON/htaccess 7Q2M-9XKD-4HTR.jpg"),
        (("a", "x.part", "🎈+;=@ 7Q2M-9XKD-4HTR.mp3"), "a/x part/🎈+ =@ 7Q2M-9XKD-4HTR.mp3"),
    ],
)
def test_odd_names_become_names_that_every_server_takes(
    server: Server, asked: tuple[str, ...], kept: str
) -> None:
    server.space().put(asked, VOICE)
    assert server.files() == {kept}
    assert not server.space().put(asked, VOICE).sent
    assert list(server.space().find({CODE})) == [CODE]


def test_a_decomposed_folder_is_the_same_folder(server: Server) -> None:
    (server.root / unicodedata.normalize("NFD", "Chloé")).mkdir()
    server.space().put(("Chloé", PATH[-1]), VOICE)
    assert len([path for path in server.root.iterdir() if path.is_dir()]) == 1


# What is cut


def test_leftovers_of_a_cut_run_are_cleared(server: Server) -> None:
    folder = server.root / "CP-CE1/Lila M"
    folder.mkdir(parents=True)
    (folder / "boite-envoi-0a1b2c3d 7Q2M-9XKD-4HTR.mp3").write_bytes(VOICE[:1000])
    (folder / "boite-envoi-0a1b2c3d 0123-4567-89AB.mp3").write_bytes(b"another box is sending this")
    server.space().put(PATH, VOICE)
    assert {Path(name).name for name in server.files()} == {
        PATH[-1],
        "boite-envoi-0a1b2c3d 0123-4567-89AB.mp3",
    }


def test_every_copy_is_found_wherever_it_was_put(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(OTHER_PATH, VOICE)
    moved = server.root / "Exposé" / "été" / "copie de La pluie 7Q2M-9XKD-4HTR (1).mp3"
    moved.parent.mkdir(parents=True)
    shutil.copy(server.root / STORED, moved)
    found = server.space().find({CODE, OTHER, "ZZZZZZZZZZZZ"})
    assert {code: len(hrefs) for code, hrefs in found.items()} == {CODE: 2, OTHER: 1}
    assert server.requests()["PROPFIND"] <= 8


def test_a_deletion_leaves_neither_copy_nor_name(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(("CP-CE1", "Lila M.", "Deux 7Q2M-9XKD-4HTR.mp3"), VOICE)
    found = space.find({CODE})
    assert space.delete(found) == {}
    assert space.find({CODE}) == {}
    assert server.everything() == set()
    if server.trash is not None:
        assert list(server.trash.rglob("*")) == []


def test_a_deletion_takes_nothing_else(server: Server) -> None:
    space = server.space()
    space.put(PATH, VOICE)
    space.put(OTHER_PATH, VOICE)
    (server.root / "Projets" / "vide").mkdir(parents=True)
    (server.root / "CP-CE1" / "Lila M" / "dessin de la maîtresse.jpg").write_bytes(b"hers")
    if server.trash is not None:
        (server.trash / "vieux papier.txt.d1").write_bytes(b"somebody else's")
    space.delete(space.find({CODE}))
    assert server.everything() == {
        "CP-CE1",
        "CP-CE1/Lila M",
        "CP-CE1/Lila M/dessin de la maîtresse.jpg",
        "CP-CE1/Sacha",
        OTHER_STORED,
        "Projets",
        "Projets/vide",
    }
    if server.trash is not None:
        assert [path.name for path in server.trash.rglob("*")] == ["vieux papier.txt.d1"]


def test_what_somebody_threw_away_is_taken_out_of_the_trash(tmp_path: Path) -> None:
    root = tmp_path / "ent"
    root.mkdir()
    with nextcloud(root) as server:
        space = server.space()
        space.put(PATH, VOICE)
        assert server.trash is not None
        shutil.move(root / "CP-CE1" / "Lila M", server.trash / "Lila M.d1700000000")
        found = space.find({CODE})
        assert len(found[CODE]) == 1
        assert space.delete(found) == {}
        assert list(server.trash.rglob("*")) == []
        space.close()


def test_folders_made_for_a_file_that_never_came_are_removed(tmp_path: Path) -> None:
    full = answering("507 Insufficient Storage")
    with serving(full(dav_app(tmp_path, USER, PASSWORD))) as port:
        server = Server(port, tmp_path)
        (tmp_path / "CP-CE1").mkdir()
        space = server.space()
        with pytest.raises(EntFull):
            space.put(PATH, VOICE)
        space.close()
    assert server.everything() == {"CP-CE1"}


# What it costs


def test_requests_for_each_file_stay_few(server: Server) -> None:
    space = server.space()
    for number in range(10):
        space.put((*PATH[:-1], f"Essai 7Q2M-9XKD-4H{number:02}.mp3"), VOICE)
    sent = server.requests()
    reading_back = 0 if server.trash is not None else 10
    assert sent == {"PROPFIND": 1 + 10, "MKCOL": 2, "PUT": 10, "MOVE": 10} | (
        {"GET": reading_back} if reading_back else {}
    )
