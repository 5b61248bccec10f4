"""The papers as PDF, made by the real press and read back by programs that are not ours."""

import os
import re
import subprocess
import sys
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.hub import people
from appliance.hub.box import Box
from appliance.hub.office import incidents, school
from appliance.hub.rights import projects
from appliance.hub.rights.projects import Project
from appliance.papers import press
from appliance.papers.__main__ import BASE, locate
from appliance.papers.facts import IncidentKind
from tests.unit.hub_helpers import send
from tests.unit.test_papers import ALWAYS, FORM, KNOWN
from tests.unit.web_helpers import Browser, app, teacher
from web import assets

__all__ = ["app", "teacher"]

PAGES = {
    "registre": 3,
    "notice": 2,
    "annexe-1": 1,
    "fiche-compagnon": 1,
    "vol-ou-perte": 1,
    "fiche-incident": 1,
    "effacement": 1,
}
"""Sheets that hang on a wall or go into an envelope have the length that was meant for them."""
LARGEST = 200 * 1024
"""kB of memory that a paper may take beside the hub."""


@pytest.fixture
def filled(teacher: Browser, box: Box, lina: str) -> Browser:
    school.save(box, KNOWN)
    send(box, lina)
    return teacher


def pdf(browser: Browser, address: str, folder: Path) -> Path:
    answer = browser.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    path = folder / "paper.pdf"
    path.write_bytes(answer.data)
    return path


def words_of(path: Path) -> str:
    command = ["pdftotext", "-layout", str(path), "-"]
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def facts_of_pdf(path: Path) -> dict[str, str]:
    out = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"^([^:]+): +(.*)$", out, flags=re.M))


def objects_of(path: Path) -> bytes:
    """What the compressed streams of a PDF say."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", path.read_bytes(), re.S)
    opened = b""
    for stream in streams:
        with suppress(zlib.error):
            opened += zlib.decompress(stream)
    return opened


@pytest.mark.parametrize("name", ALWAYS)
def test_each_paper_prints_tagged_on_a4_with_its_fonts_and_its_number_of_pages(
    filled: Browser, tmp_path: Path, name: str
) -> None:
    path = pdf(filled, f"/papiers/{name}.pdf", tmp_path)
    about, words = facts_of_pdf(path), words_of(path)
    pages = int(about["Pages"])
    assert about["Tagged"] == "yes"
    assert "A4" in about["Page size"]
    assert pages == PAGES.get(name, pages)
    assert f"page 1 sur {pages}" in words and f"page {pages} sur {pages}" in words
    assert "École Jean-Moulin" in words and "None" not in words
    assert b"/Lang (fr)" in objects_of(path)
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout
    assert "Atkinson" in fonts and "DejaVu" not in fonts


def test_a_form_is_one_sheet_whatever_is_written_on_it(filled: Browser, box: Box, tmp_path: Path) -> None:
    people.add(box, "Maximilienne-Alexandrine-Ève", pictogram="fish")
    longest = "Raconter, expliquer, argumenter avec de longs mots. " * 6
    made = Project(
        "",
        "Une année de correspondance sonore avec une autre école"[:60],
        longest[:300],
        "La classe de CM1-CM2 de Mme Roux, école du Centre, Dole",
        tuple(projects.every(box)[0].natures),
        projects.SCOPES,
        *(projects.every(box)[0].starts, projects.every(box)[0].until),
    )
    project = projects.save(box, made, is_new=True)
    for address in (FORM, f"/papiers/autorisation/{project}"):
        path = pdf(filled, f"{address}/tous.pdf", tmp_path)
        assert facts_of_pdf(path)["Pages"] == "4"
        words = words_of(path)
        assert words.count("page 1 sur 2, tournez la feuille") == 2
        assert "Maximilienne-Alexandrine-Ève" in words and "Lina" in words
    assert facts_of_pdf(pdf(filled, f"{FORM}.pdf", tmp_path))["Pages"] == "2"


def test_an_incident_prints(filled: Browser, box: Box, tmp_path: Path) -> None:
    made = incidents.note(box, IncidentKind.THEFT, box.now(), None, "L’étagère est vide.")
    words = words_of(pdf(filled, f"/incidents/{made}.pdf", tmp_path))
    assert "Avant le vendredi 15 janvier 2027, 8 h 40" in words
    assert "L’étagère est vide." in words and "1 élève dans la classe" in words


def test_a_demonstration_is_marked_on_every_page(filled: Browser, box: Box, tmp_path: Path) -> None:
    box.config = replace(box.config, watermark="DÉMO")
    path = pdf(filled, "/papiers/registre.pdf", tmp_path)
    for page in range(1, 4):
        command = ["pdftotext", "-f", str(page), "-l", str(page), "-raw", str(path), "-"]
        assert "DÉMO" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_paper_costs_little_and_takes_no_memory_from_the_hub(filled: Browser) -> None:
    html = filled.get("/papiers/aipd").data
    prefix = re.search(rb'href="(/static/[^"/]+)/papers.css"', html)
    assert prefix is not None
    command = [sys.executable, "-m", "appliance.papers", f"{prefix.group(1).decode()}={assets.STATIC}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(html)
        child.stdin.close()
        # It has set the whole paper, and waits for its pipe to be emptied.
        head = child.stdout.read(5)
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())
        child.stdout.read()
    assert (head, child.returncode) == (b"%PDF-", 0)
    assert peak is not None and int(peak.group(1)) < LARGEST


@pytest.mark.parametrize(
    "address",
    [
        "http://ent.example/x.css",
        "file:///etc/passwd",
        f"{BASE}/static/1/../../secret",
        f"{BASE}/static/1/%2e%2e/%2e%2e/secret",
        f"{BASE}/staticx/1",
        f"{BASE}/",
        "data:text/css,x",
    ],
)
def test_the_press_reads_nothing_else(tmp_path: Path, address: str) -> None:
    (tmp_path / "secret").write_text("clé")
    folder = tmp_path / "a" / "static"
    folder.mkdir(parents=True)
    with pytest.raises(ValueError, match="elsewhere"):
        locate(address, {"/static/1": folder})


def test_without_the_libraries_the_browser_prints(filled: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_options: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], press.MISSING, b"", b"")

    monkeypatch.setattr(press.subprocess, "run", missing)
    answer = filled.get("/papiers/registre.pdf")
    assert answer.status_code == 200
    assert "Imprimez cette page par le menu du navigateur" in answer.text


def test_a_press_without_weasyprint_says_so(tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('no pango')")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"}
    command = [sys.executable, "-m", "appliance.papers"]
    done = subprocess.run(command, input=b"<p>", env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (press.MISSING, b"")


def test_a_press_that_hangs_or_fails_is_said_and_no_more(
    filled: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_args: object, **_options: object) -> None:
        raise subprocess.TimeoutExpired("press", 1)

    monkeypatch.setattr(press.subprocess, "run", hangs)
    answer = filled.get("/papiers/registre.pdf")
    assert (answer.status_code, "Fiche de registre" in answer.text) == (503, True)
    with pytest.raises(press.PressFailed):
        press.pdf("<p>", {})
