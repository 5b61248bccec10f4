"""The threat model of law.md §8.5, row by row: each threat has tests that exist, or a reason why it has none.

`docs/menaces.md` tells the same rows in French, with what remains of each.
"""

import logging
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from appliance.config import EntConfig
from appliance.domain.codes import ALPHABET, STICKER_LENGTH, human_code
from appliance.ent.open_space import open_locker, open_space
from appliance.ent.ports import EntError
from appliance.hub.box import Box
from appliance.jobs import backup, doctor, sync
from tests.unit.hub_helpers import send
from tests.unit.web_helpers import Browser, app, said, visitor
from web.guesses import EVERYWHERE

__all__ = ["app", "visitor"]

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"

THREATS: dict[str, tuple[str, ...]] = {
    # Box stolen at night, off or locked.
    "T1": (
        "test_no_file_and_no_name_of_a_file_tells_anything",
        "test_strings_finds_no_private_key_and_no_word",
        "test_the_list_says_what_a_stolen_box_held_and_names_nobody",
        "test_the_weekly_sheet_names_nobody_and_bears_the_witness",
    ),
    # Stolen while open in class.
    "T2": (
        "test_after_a_loss_of_power_the_class_is_locked_and_no_key_is_left",
        "test_an_idle_class_locks_by_itself",
        "test_when_an_open_class_locks_by_itself",
        "test_the_journal_says_whether_the_class_was_open",
        "test_every_unit_shuts_the_same_doors",
        "test_swap_on_a_disk_is_red",
        "test_an_open_page_hands_nothing_out_without_the_words",
    ),
    # Card copied by somebody alone with it for ten minutes.
    "T3": (
        "test_age_opens_nothing_with_a_key_of_one_s_own",
        "test_no_key_that_exists_opens_a_copy_from_before",
        "test_a_whole_change_of_keys_leaves_nothing_to_who_swapped_them",
        "test_a_journal_rewritten_while_the_class_was_locked_shows_at_the_next_opening",
    ),
    # Curious pupil on the network of the class.
    "T4": (
        "test_what_anybody_on_the_network_reaches_is_a_short_list",
        "test_a_visitor_reaches_nothing_else",
        "test_a_sticker_shows_one_trace_and_leads_nowhere_else",
        "test_many_guessers_together_are_slowed_down",
        "test_codes_are_not_found_by_trying",
        "test_no_address_lists_what_there_is_to_a_visitor",
    ),
    # Somebody on the Wi-Fi, inside or outside.
    "T5": (
        "test_two_boxes_share_nothing",
        "test_plain_http_only_points_to_https",
        "test_a_closed_class_answers_the_same_for_every_code",
        "test_who_may_reach_the_network_and_the_devices",
    ),
    # Sticker lost or photographed.
    "T6": (
        "test_a_photographed_sticker_tells_its_finder_nothing",
        "test_a_withdrawn_sticker_tells_nothing",
        "test_a_wrong_owner_is_corrected_in_two_touches",
    ),
    # Former teacher, substitute.
    "T7": (
        "test_one_who_left_opens_nothing_of_what_came_after",
        "test_an_adult_who_leaves_opens_nothing_that_comes",
        "test_the_substitute_needs_the_card_and_the_code",
        "test_the_substitute_s_day_ends_at_six",
        "test_a_forgotten_pupil_and_a_removed_adult_do_not_come_back",
    ),
    # Colleague, technician, administrator of the town.
    "T8": (
        "test_each_row_of_the_table",
        "test_an_office_sees_no_name_even_while_the_class_is_open",
        "test_who_sees_the_data_and_the_password",
        "test_a_seal_cannot_be_made_without_the_key",
    ),
    # Malicious or failed update.
    "T9": ("test_a_newer_database_is_told_and_not_touched",),
    # Leak of the password of the ENT.
    "T10": (
        "test_the_ent_s_password_is_in_no_log_and_no_sentence",
        "test_systemd_hands_the_password_over",
        "test_voices_do_not_travel_without_tls",
        "test_a_certificate_nobody_signed_is_not_believed",
    ),
    # Wrong attribution.
    "T11": (
        "test_a_capture_of_nobody_has_a_sticker_with_a_question_mark_and_never_leaves",
        "test_the_wrong_family_loses_its_access_before_the_right_one_gets_it",
        "test_that_is_not_me",
    ),
    # What a tablet or a laptop keeps.
    "T12": (
        "test_every_answer_carries_the_guards",
        "test_no_page_keeps_anything_in_the_browser",
        "test_seven_days_then_it_goes",
        "test_names_of_files_tell_nothing_and_the_words_are_needed",
    ),
    # Lost words, dead card.
    "T13": (
        "test_the_envelope_opens_and_is_renewed_with_new_words",
        "test_a_class_comes_back_by_its_seven_words",
        "test_a_class_comes_back_from_the_ent",
    ),
    # Voices of others in the background.
    "T14": (
        "test_a_take_of_somebody_else_is_erased_within_ten_seconds",
        "test_nobody_s_capture_is_taken_in_only_where_all_who_may_come_are_permitted",
    ),
    # Creeping use: watching pupils, judging staff.
    "T15": (
        "test_every_act_has_its_sentence_and_every_role_its_words",
        "test_hearing_has_one_line_a_day_for_each_role",
        "test_lines_go_after_six_months_and_the_rest_stays_verifiable",
    ),
    # What a child confides.
    "T16": (
        "test_what_is_put_aside_is_hidden_everywhere_at_once",
        "test_what_has_to_be_protected_is_in_no_file_but_an_authority_s",
        "test_what_was_put_aside_stays_aside",
    ),
}


def rows() -> dict[str, list[str]]:
    """The rows of the page: the threat, what the box does, what remains."""
    text = (ROOT / "docs" / "menaces.md").read_text(encoding="utf-8")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| T\d+ \|", line)
    ]
    return {row[0]: row[1:] for row in cells}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Every test of the suite."""
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_has_tests_that_exist(threat: str, known: set[str]) -> None:
    assert THREATS[threat]
    assert set(THREATS[threat]) - known == set()


def test_the_page_tells_the_same_threats_and_hides_no_remainder() -> None:
    assert list(rows()) == list(THREATS) == [f"T{number}" for number in range(1, 17)]
    for threat, (name, done, left) in rows().items():
        assert min(map(len, (name, done))) > 10, threat
        assert len(left) > 10, f"{threat} says honestly what remains"


def test_after_a_loss_of_power_the_class_is_locked_and_no_key_is_left(open_box: Box, lina: str) -> None:
    send(open_box, lina)
    assert open_box.is_open
    after = Box(open_box.config, open_box.clock)
    assert not after.is_open
    after.close()
    # The run folder is a RAM file system: it holds what opens this power-on's parcels, and goes with it.
    kept = b"".join(path.read_bytes() for path in open_box.config.data.rglob("*") if path.is_file())
    assert kept
    assert b"AGE-SECRET-KEY" not in kept


def test_codes_are_not_found_by_trying() -> None:
    """The throttle lets a hundred wrong codes through in a minute, from all devices together."""
    codes, stickers, minutes_a_year = len(ALPHABET) ** STICKER_LENGTH, 10_000, 60 * 24 * 365
    years = codes / stickers / EVERYWHERE / minutes_a_year
    assert years > 1_000_000


def test_no_address_lists_what_there_is_to_a_visitor(
    open_box: Box, app: Flask, visitor: Browser, lina: str
) -> None:
    """Whatever address without a code a visitor asks, no answer holds a name, a code or an id."""
    capture = send(open_box, lina)
    addresses = [
        rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())
    ]
    assert len(addresses) > 10
    for address in addresses:
        text = visitor.get(address).text
        for secret in ("Lina", capture.id, capture.code, human_code(capture.code), lina):
            assert secret not in text, address


def test_a_photographed_sticker_tells_its_finder_nothing(box: Box, visitor: Browser, lina: str) -> None:
    """Its link holds a random code and no name; in a locked class it says only where it is heard."""
    capture = send(box, lina)
    assert capture.id not in capture.code
    answer = visitor.get(f"/e/{capture.code}")
    assert answer.status_code == 423
    assert "s’écoute en classe" in said(answer)
    for secret in ("Lina", "Lecture", "Martin", capture.id):
        assert secret not in answer.text


def test_no_page_keeps_anything_in_the_browser() -> None:
    """No service worker, no cache of our own, no storage: a device that leaves takes nothing along."""
    kept = re.compile(r"serviceWorker|caches\.open|localStorage|sessionStorage|indexedDB|rel=.manifest")
    sources = [path for kind in ("*.js", "*.html") for path in (ROOT / "web").rglob(kind)]
    assert len(sources) > 20
    assert [path.name for path in sources if kept.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/dav/", "https://127.0.0.1:9/dav/", "http://ent.example/"]
)
def test_the_ent_s_password_is_in_no_log_and_no_sentence(
    box: Box, tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    """Whatever goes wrong: nobody there, no TLS; in logs, in what is said, and in what an error carries."""
    password = "mot-de-passe-unique"
    secret = tmp_path / "ent-password"
    secret.write_text(password)
    ent = EntConfig("webdav", url, "classe", secret, timeout_seconds=1)
    config = replace(box.config, ent=ent, backup=replace(box.config.backup, ent_folder="Sauvegarde"))
    spoken = [repr(config)]
    with caplog.at_level(logging.DEBUG):
        spoken.append(backup.run_ent(config, box.clock, lambda _seconds: None).sentence())
        spoken.append(sync.run(config, lambda _seconds: None).sentence())
        spoken.append(doctor.as_text(doctor.run_checks(config, box.clock)))
        for opening in (lambda: open_space(ent), lambda: open_locker(ent, "Sauvegarde")):
            try:
                space = opening()
                assert space is not None
                spoken.append(repr(space) + repr(vars(space)))
                space.check()
            except EntError as error:
                spoken.append(f"{error!r} {error.__cause__!r} {error.message}")
    everything = "\n".join([*spoken, caplog.text])
    for form in (password, b64encode(f"classe:{password}".encode()).decode()):
        assert form not in everything
