import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from appliance.stickers.layout import render, rows
from appliance.stickers.pictograms import (
    PUPIL_PICTOGRAMS,
    STATION_PICTOGRAMS,
    UnknownPictogram,
    png_path,
    svg_path,
)
from appliance.stickers.plan import MOST_HEIGHT, MOST_WIDTH, Box, Plan, StickerError, plan
from appliance.stickers.qr import QUIET_MODULES, Level
from appliance.stickers.words import StickerText

LINK = "https://boite.local/e/7Q2M9XKD4HTR"
TEXT = StickerText(
    link=LINK,
    human_code="7Q2M-9XKD-4HTR",
    title="Lecture p. 12",
    first_name="Lina",
    day="12 janv. 2027",
    pictogram="book",
    pupil_pictogram="turtle",
    reprint=False,
    watermark="",
)
LOCKED = replace(TEXT, title="", first_name="")
LONG_TITLE = replace(
    TEXT, title="La poésie de Maurice Carême apprise par cœur", first_name="Jean-Christophe M."
)
GROUP = replace(TEXT, first_name="Lina, Yanis, Tom", pupil_pictogram="")
CROWDED = replace(
    TEXT,
    link=LINK.ljust(92, "a"),
    title="Le compte est bon, deuxième partie de la séance du lundi",
    first_name="Marie-Amélie, Jean-Christophe M., Maximilien",
    pupil_pictogram="",
    reprint=True,
    watermark="DÉMO",
)
CASES = {
    "plain": TEXT,
    "locked": LOCKED,
    "locked group, copy of a demonstration": replace(
        LOCKED, pupil_pictogram="", reprint=True, watermark="DÉMO"
    ),
    "long title": LONG_TITLE,
    "group": GROUP,
    "crowded": CROWDED,
    "50 character link": replace(TEXT, link=LINK.ljust(50, "a")),
    "92 character link": replace(TEXT, link=LINK.ljust(92, "a")),
}
every_case = pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())


def boxes(sticker: Plan) -> list[Box]:
    parts = [*sticker.words, *sticker.signs, *sticker.pills]
    return [sticker.human, *(part.box for part in parts)]


def overlap(one: Box, other: Box) -> bool:
    apart = one.right <= other.left or other.right <= one.left
    return not (apart or one.bottom <= other.top or other.bottom <= one.top)


def zbar(image: Image.Image, folder: Path) -> str:
    path = folder / "code.png"
    image.save(path)
    found = subprocess.run(["zbarimg", "--nodbus", "-q", "--raw", path], capture_output=True, text=True)
    return found.stdout.strip()


def check_geometry(sticker: Plan) -> None:
    assert sticker.width <= MOST_WIDTH
    assert sticker.height <= MOST_HEIGHT
    assert sticker.dots >= 4
    assert sticker.code_box.width == sticker.code_box.height == sticker.code.modules * sticker.dots
    placed = boxes(sticker)
    for number, box in enumerate(placed):
        assert 0 <= box.left < box.right <= sticker.width - 8
        assert 0 < box.top < box.bottom <= sticker.height - 8
        assert not overlap(box, sticker.code_box)
        assert not any(overlap(box, other) for other in placed[number + 1 :])


@every_case
def test_nothing_overlaps_nothing_leaves_the_paper(text: StickerText) -> None:
    check_geometry(plan(text))


@settings(max_examples=60, deadline=None)
@given(
    title=st.text("abeéWM -'’pfg", max_size=70),
    names=st.text("abeéWMÉ -,.j", max_size=60),
    length=st.integers(24, 120),
    reprint=st.booleans(),
    watermark=st.sampled_from(["", "DÉMO"]),
    width=st.sampled_from([384, 392, 400]),
)
def test_any_words_fit(
    title: str, names: str, length: int, reprint: bool, watermark: str, width: int
) -> None:
    words = {"title": title, "first_name": names, "reprint": reprint, "watermark": watermark}
    check_geometry(plan(replace(TEXT, link=LINK.ljust(length, "a"), **words), width))


def test_the_usual_sticker_is_where_it_has_always_been() -> None:
    sticker = plan(TEXT)
    assert (sticker.width, sticker.height) == (384, 232)
    assert (sticker.code.level, sticker.dots, sticker.code_box) == (Level.Q, 5, Box(0, 0, 205, 205))
    assert [block.setting.lines for block in sticker.words] == [
        ("Lecture p. 12",),
        ("Lina",),
        ("12 janv. 2027",),
    ]
    lefts = {block.box.left for block in sticker.words} | {sticker.signs[0].box.left}
    assert lefts == {205}
    assert sticker.words[0].box.top == QUIET_MODULES * sticker.dots
    assert {sign.box.bottom for sign in sticker.signs} == {sticker.human.bottom}
    assert sticker.signs[1].box.right == sticker.width - 12
    assert [(sign.slug, sign.framed) for sign in sticker.signs] == [("book", True), ("turtle", False)]
    assert sticker.human.top >= sticker.code_box.bottom


def test_the_first_name_is_the_largest_word() -> None:
    title, name, day = (block.setting.face.size for block in plan(TEXT).words)
    assert name > title > day


def test_a_long_title_goes_whole_across_the_top() -> None:
    title, *_rest = plan(LONG_TITLE).words
    assert " ".join(title.setting.lines) == LONG_TITLE.title
    assert len(title.setting.lines) == 2
    assert title.box.bottom <= plan(LONG_TITLE).code_box.top


def test_an_endless_title_ends_with_an_ellipsis_on_its_second_line() -> None:
    title = plan(replace(TEXT, title="une très longue histoire " * 8)).words[0].setting
    assert len(title.lines) == 2
    assert title.lines[1].endswith("…")
    assert "…" not in title.lines[0]


@pytest.mark.parametrize("names", ["Jean-Christophe M.", "Lina, Yanis, Tom", CROWDED.first_name])
def test_names_are_always_whole(names: str) -> None:
    sticker = plan(replace(CROWDED, first_name=names))
    lines = sticker.words[-2].setting.lines
    assert "".join(lines).replace(" ", "").replace("\u00a0", "") == names.replace(" ", "")


def test_an_initial_stays_with_its_name() -> None:
    lines = [line for block in plan(CROWDED).words for line in block.setting.lines]
    assert "Christophe\u00a0M.," in lines
    pair = plan(replace(TEXT, first_name="Gabriel M. et Gabriel T."))
    assert pair.words[-2].setting.lines == ("Gabriel\u00a0M.", "et Gabriel\u00a0T.")


def test_without_words_the_pictograms_grow() -> None:
    usual, locked = plan(TEXT), plan(LOCKED)
    large = max(locked.signs, key=lambda sign: sign.box.width)
    assert large.slug == "turtle"
    assert large.box.width > 1.4 * usual.signs[1].box.width
    assert "".join(locked.words[0].setting.lines).replace(" ", "") == "12janv.2027"


@pytest.mark.parametrize(
    ("reprint", "watermark", "marks"),
    [
        (False, "", []),
        (True, "", [("copie", False)]),
        (True, "DÉMO", [("DÉMO", True), ("copie", False)]),
    ],
)
def test_marks_say_copy_and_demonstration(
    reprint: bool, watermark: str, marks: list[tuple[str, bool]]
) -> None:
    marked = replace(TEXT, reprint=reprint, watermark=watermark)
    assert [(pill.text, pill.solid) for pill in plan(marked).pills] == marks
    # Drawn, not only planned.
    if marks:
        pill = plan(marked).pills[0].box
        assert render(marked).crop(pill).convert("L").getextrema() == (0, 255)


def test_an_unknown_pictogram_does_not_keep_a_sticker_from_its_pupil() -> None:
    assert [sign.slug for sign in plan(replace(TEXT, pupil_pictogram="dodo")).signs] == ["book"]


@every_case
def test_an_independent_reader_and_ours_read_the_link(text: StickerText, tmp_path: Path) -> None:
    image = render(text)
    assert zbar(image, tmp_path) == text.link
    assert [found.text for found in zxingcpp.read_barcodes(image.convert("L"))] == [text.link]


@pytest.mark.parametrize("text", [TEXT, CASES["92 character link"]], ids=["short", "long"])
@pytest.mark.parametrize("where", ["corner", "middle"])
def test_fifteen_percent_torn_off_is_survived(text: StickerText, where: str, tmp_path: Path) -> None:
    sticker = plan(text)
    assert sticker.code.level is Level.Q
    image = render(text)
    side = len(sticker.code.rows) * sticker.dots
    hole = round(side * 0.15**0.5)
    # The corner is the one without a finder pattern: readers cannot do without the three others.
    inner = side - hole if where == "corner" else (side - hole) // 2
    left = sticker.code_box.left + QUIET_MODULES * sticker.dots + inner
    top = sticker.code_box.top + QUIET_MODULES * sticker.dots + inner
    ImageDraw.Draw(image).rectangle((left, top, left + hole - 1, top + hole - 1), fill=1)
    assert zbar(image, tmp_path) == text.link


def test_every_module_is_whole_dots_of_one_colour() -> None:
    sticker, image = plan(TEXT), render(TEXT).convert("L")
    for y, row in enumerate(sticker.code.rows):
        for x, black in enumerate(row):
            left = sticker.code_box.left + (x + QUIET_MODULES) * sticker.dots
            top = sticker.code_box.top + (y + QUIET_MODULES) * sticker.dots
            module = image.crop((left, top, left + sticker.dots, top + sticker.dots))
            assert module.getextrema() == ((0, 0) if black else (255, 255))


def test_a_link_too_long_to_be_legible_says_so_in_french() -> None:
    assert plan(replace(TEXT, link=LINK.ljust(120, "a"))).code.level is Level.M
    with pytest.raises(StickerError, match="trop long"):
        plan(replace(TEXT, link=LINK.ljust(400, "a")))


@pytest.mark.parametrize("width", [300, 390, 576])
def test_a_width_that_is_no_sticker_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="wide"):
        render(TEXT, width)


def test_the_same_words_always_give_the_same_dots() -> None:
    assert render(TEXT).tobytes() == render(TEXT).tobytes()


def test_rows_are_what_a_printer_takes() -> None:
    image = Image.new("1", (16, 1), 1)
    image.putpixel((3, 0), 0)
    assert rows(image) == bytes([0b00010000, 0])


def test_every_letter_of_a_first_name_has_a_shape() -> None:
    drawn = {render(replace(TEXT, first_name=letter)).tobytes() for letter in "éÉœŒŸşŁğčñøạț"}
    missing = render(replace(TEXT, first_name="\u3042")).tobytes()
    assert missing not in drawn
    assert len(drawn) == 13


def test_a_name_typed_on_a_mac_looks_the_same() -> None:
    assert (
        plan(replace(TEXT, first_name="E\u0301lise")).words == plan(replace(TEXT, first_name="Élise")).words
    )


def test_every_pictogram_is_drawn_twice_and_named_once() -> None:
    names = {**PUPIL_PICTOGRAMS, **STATION_PICTOGRAMS}
    assert len(set(names.values())) == len(PUPIL_PICTOGRAMS) + len(STATION_PICTOGRAMS)
    for slug in names:
        assert svg_path(slug).read_text().lstrip().startswith("<svg")
        with Image.open(png_path(slug)) as drawing:
            assert drawing.size == (288, 288)


@pytest.mark.parametrize("slug", ["dodo", "../fonts/x", ""])
def test_an_unknown_pictogram_is_named_in_french(slug: str) -> None:
    with pytest.raises(UnknownPictogram, match=f"Pas de pictogramme « {slug} »"):
        svg_path(slug)


@pytest.mark.parametrize("code", ["7Q2M-9XKD-4HTR", "M9XH-X6MN-SNMN", "WMWM-MWMW-WWMM"])
def test_the_symbols_of_a_human_code_do_not_touch(code: str) -> None:
    text = replace(TEXT, human_code=code)
    box = plan(text).human
    drawn = render(text).crop((box.left, box.top, box.right, box.bottom))
    inked = [
        "1" if 0 in drawn.crop((x, 0, x + 1, drawn.height)).tobytes("raw", "L") else " "
        for x in range(drawn.width)
    ]
    assert len("".join(inked).split()) == len(code)
