"""What the other processes may ask of the hub."""

import errno
import io
import json

import pytest
from pyrage import decrypt, x25519

from appliance.domain.roster import Roster
from appliance.hub import intake, review
from appliance.hub.box import Box
from appliance.hub.shelf import Shelf
from appliance.store import captures, outbox
from tests.unit.hub_helpers import facts_of, send
from web.sockets import printer_app, station_app, sync_app


def test_a_roster_holds_no_name(box: Box, lina: str) -> None:
    answer = station_app(box).test_client().get("/roster/A")
    roster = Roster.from_json(answer.get_json())
    assert [p.id for p in roster.pupils] == [lina]
    assert roster.recipients == box.sealer.recipients
    assert b"Lina" not in answer.data
    assert b"Lecture" not in answer.data


def test_a_station_that_does_not_exist_has_no_roster(box: Box) -> None:
    answer = station_app(box).test_client().get("/roster/Z")
    assert answer.status_code == 404
    assert "station" in answer.get_json()["message"]


def test_a_capture_comes_in_once_and_never_after_its_erasure(box: Box, lina: str) -> None:
    client = station_app(box).test_client()
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)

    def put() -> int:
        return client.put(
            f"/captures/{facts.id}", data=sealed, headers={"X-Boite-Facts": json.dumps(facts.to_json())}
        ).status_code

    assert [put(), put()] == [201, 200]
    capture = captures.find(box.database, facts.id)
    assert capture is not None
    review.delete(box, capture)
    assert put() == 410


@pytest.mark.parametrize("facts", ["", "{}", "[1]", '{"id": "x"}'])
def test_facts_that_are_not_whole_are_refused(box: Box, facts: str) -> None:
    answer = station_app(box).test_client().put("/captures/x", headers={"X-Boite-Facts": facts})
    assert answer.status_code == 400


def test_facts_for_another_capture_are_refused(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    headers = {"X-Boite-Facts": json.dumps(facts_of(box, lina, sealed).to_json())}
    assert station_app(box).test_client().put("/captures/y", data=sealed, headers=headers).status_code == 400


def test_a_damaged_body_is_told_apart(box: Box, lina: str) -> None:
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    answer = (
        station_app(box)
        .test_client()
        .put(
            f"/captures/{facts.id}",
            data=sealed[:-3],
            headers={"X-Boite-Facts": json.dumps(facts.to_json())},
        )
    )
    assert answer.status_code == 422
    assert captures.ids(box.database) == set()


def test_the_printer_gets_each_sticker_until_it_is_printed(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    client = printer_app(open_box).test_client()
    first = client.get("/next").get_json()
    assert (first["first_name"], first["attempt"]) == ("Lina", 1)
    client.post(f"/jobs/{first['job']}", json={"state": "failed", "fault": "hung", "message": "…"})
    second = client.get("/next").get_json()
    assert (second["job"], second["attempt"]) == (first["job"], 2)
    client.post(f"/jobs/{first['job']}", json={"state": "printed"})
    assert client.get("/next").status_code == 204


def test_the_sync_gets_a_parcel_that_only_this_power_on_opens(open_box: Box, lina: str) -> None:
    capture = send(open_box, lina, b"une voix")
    review.release(open_box, capture)
    client = sync_app(open_box).test_client()
    plan = client.get("/plan").get_json()
    assert [(a["verb"], a["code"]) for a in plan["actions"]] == [("put", capture.code)]
    action = plan["actions"][0]["id"]
    parcel = io.BytesIO(
        decrypt(client.get(f"/actions/{action}/parcel").data, [x25519.Identity.from_str(plan["key"])])
    )
    header = json.loads(parcel.read(int.from_bytes(parcel.read(4), "big")))
    assert parcel.read() == b"une voix"
    ((class_name, pupil, name),) = header["paths"]
    assert (class_name, pupil) == ("CP de Mme Martin", "Lina")
    assert name.endswith(".mp3")
    client.post(f"/actions/{action}", json={"state": "verified", "size": 8})
    assert client.get("/plan").get_json()["actions"] == []
    assert client.get(f"/actions/{action}/parcel").status_code == 404
    assert outbox.state_of(open_box.database, capture.code) == outbox.VERIFIED


def test_a_run_of_the_sync_is_remembered(box: Box) -> None:
    client = sync_app(box).test_client()
    client.post("/runs", json={"put": 3, "deleted": 1, "failed": 0, "fault": None, "message": None})
    run = outbox.last_run(box.database)
    assert run is not None
    assert (run.put, run.deleted, run.failed, run.fault) == (3, 1, 0, None)


def test_a_full_disk_is_told_in_french_and_leaves_no_trace_of_the_program(
    box: Box, lina: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Shelf, "receive", full)
    sealed = box.sealer.seal(b"une voix")
    facts = facts_of(box, lina, sealed)
    headers = {"X-Boite-Facts": json.dumps(facts.to_json())}
    answer = station_app(box).test_client().put(f"/captures/{facts.id}", data=sealed, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (507, "unexpected")
    assert "Traceback" not in caplog.text


def test_a_printer_that_fell_silent_is_remembered_until_it_prints(box: Box, lina: str) -> None:
    client = printer_app(box).test_client()

    def said(paper: str) -> bool:
        client.post("/status", json={"paper": paper, "fault": None})
        return bool(box.reports["printer"]["talks"])

    assert not said("unknown")
    assert said("ok")
    assert said("unknown")
    send(box, lina)
    job = client.get("/next").get_json()["job"]
    client.post(f"/jobs/{job}", json={"state": "printed"})
    assert not said("unknown")


@pytest.mark.parametrize(
    ("paper", "fault", "come_out"),
    [("ok", None, True), ("unknown", None, True), ("out", None, False), ("ok", "bourrage", False)],
)
def test_a_station_knows_whether_stickers_come_out(
    box: Box, paper: str, fault: str | None, come_out: bool
) -> None:
    assert intake.roster(box, "A").paper
    printer_app(box).test_client().post("/status", json={"paper": paper, "fault": fault})
    assert intake.roster(box, "A").paper is come_out
