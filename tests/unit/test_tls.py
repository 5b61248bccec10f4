import ssl
from datetime import timedelta
from pathlib import Path

from tests.conftest import HandClock
from web.tls import certificate_file, ensure_certificate, fingerprint, server_context


def test_a_box_makes_its_own_certificate_once(tmp_path: Path, clock: HandClock) -> None:
    folder = ensure_certificate(tmp_path, "boite", clock.now)
    first = fingerprint(tmp_path)
    ensure_certificate(tmp_path, "boite", clock.now + timedelta(days=30))
    assert fingerprint(tmp_path) == first
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
    assert server_context(folder).minimum_version is ssl.TLSVersion.TLSv1_2


def test_it_is_made_anew_when_it_ends_or_the_name_changes(tmp_path: Path, clock: HandClock) -> None:
    ensure_certificate(tmp_path, "boite", clock.now)
    first = fingerprint(tmp_path)
    ensure_certificate(tmp_path, "boite", clock.now + timedelta(days=800))
    second = fingerprint(tmp_path)
    ensure_certificate(tmp_path, "autre", clock.now + timedelta(days=800))
    assert len({first, second, fingerprint(tmp_path)}) == 3


def test_two_boxes_share_nothing(tmp_path: Path, clock: HandClock) -> None:
    for name in ("un", "deux"):
        ensure_certificate(tmp_path / name, "boite", clock.now)
    keys = {(tmp_path / name / "tls/key.pem").read_bytes() for name in ("un", "deux")}
    assert len(keys) == 2


def test_it_can_be_trusted_for_its_name(tmp_path: Path, clock: HandClock) -> None:
    ensure_certificate(tmp_path, "boite", clock.now)
    context = ssl.create_default_context(cafile=str(certificate_file(tmp_path)))
    assert context.get_ca_certs()[0]["subject"] == ((("commonName", "boite.local"),),)
