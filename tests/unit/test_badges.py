import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops

from appliance.domain.codes import parse_badge
from appliance.stickers.badges import DPI, MODULE, PAGE, Badge, badge_image, badge_pages, badge_pdf
from appliance.stickers.pictograms import PUPIL_PICTOGRAMS, UnknownPictogram
from appliance.stickers.qr import Level, encode

CODE = "7K3M9XQ0"
PUPILS = [
    Badge(f"7K3M9XQ{number}", pictogram, f"Élève {number}")
    for number, pictogram in zip(range(9), PUPIL_PICTOGRAMS, strict=False)
]


def test_a_badge_code_is_the_smallest_qr_at_the_strongest_level() -> None:
    assert len(encode(CODE, Level.H).rows) == 21


def test_on_paper_the_code_is_at_least_forty_millimetres_wide() -> None:
    assert 21 * MODULE / DPI * 25.4 >= 40


@pytest.mark.parametrize("module", [4, 8, MODULE])
def test_a_badge_is_read_by_an_independent_reader_and_by_ours(module: int, tmp_path: Path) -> None:
    image = badge_image(CODE, "turtle", module)
    path = tmp_path / "badge.png"
    image.save(path)
    found = subprocess.run(["zbarimg", "--nodbus", "-q", "--raw", path], capture_output=True, text=True)
    assert parse_badge(found.stdout) == CODE
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [CODE]


def test_badges_of_two_pupils_differ_beside_the_code_too() -> None:
    turtle, cat = badge_image(CODE, "turtle"), badge_image(CODE, "cat")
    different = ImageChops.difference(turtle, cat).getbbox()
    assert different is not None
    assert different[0] > 29 * MODULE
    assert different[2] < turtle.width


def test_a_demonstration_badge_says_so() -> None:
    assert badge_image(CODE, "turtle", watermark="DÉMO") != badge_image(CODE, "turtle")


def test_an_unknown_pictogram_is_an_error() -> None:
    with pytest.raises(UnknownPictogram):
        badge_image(CODE, "dodo")


def test_a_class_fits_on_pages_of_eight_each_code_readable() -> None:
    pages = badge_pages(PUPILS)
    assert [page.size for page in pages] == [PAGE, PAGE]
    read = [{code.text for code in zxingcpp.read_barcodes(page.convert("L"))} for page in pages]
    assert read == [{badge.code for badge in PUPILS[:8]}, {PUPILS[8].code}]


def test_first_names_are_outside_the_cutting_line() -> None:
    named, nameless = (badge_pages([Badge(CODE, "turtle", name)])[0].convert("L") for name in ("Lina", ""))
    where = ImageChops.difference(named, nameless).getbbox()
    assert where is not None
    card_bottom = badge_image(CODE, "turtle").height
    page_top = (PAGE[1] - 4 * (card_bottom + 84)) // 2
    assert where[1] > page_top + card_bottom


def test_the_sheet_is_a_pdf_of_a4_pages(tmp_path: Path) -> None:
    path = tmp_path / "badges.pdf"
    path.write_bytes(badge_pdf(PUPILS))
    told = path.read_bytes()
    assert told.startswith(b"%PDF")
    assert told.count(b"/Type /Page\n") == 2 or told.count(b"/MediaBox") == 2
    assert b"595.2" in told


def test_no_badge_no_sheet() -> None:
    assert badge_pages([]) == []
    with pytest.raises(ValueError, match="no badge"):
        badge_pdf([])


def test_a_badge_has_no_name() -> None:
    sheet = badge_pages([Badge(CODE, "cat", "Lina")])[0]
    card = badge_image(CODE, "cat").convert("1", dither=Image.Dither.NONE)
    left = (PAGE[0] - 2 * card.width) // 2
    top = (PAGE[1] - 4 * (card.height + 84)) // 2
    inside = (30, 30, card.width - 30, card.height - 30)
    on_sheet = sheet.crop((left, top, left + card.width, top + card.height)).crop(inside)
    assert on_sheet.tobytes() == card.crop(inside).tobytes()
