"""The heights and sizes that `hardware/cadrage.md` gives are those of the lenses and of our pictures."""

import re
from math import radians, tan
from pathlib import Path

import pytest

from appliance.devices.camera_film import film_size
from appliance.station.photo import LONGEST_SIDE

PAGE = (Path(__file__).parents[2] / "hardware" / "cadrage.md").read_text(encoding="utf-8")
LENSES = {"3": ((66.0, 41.0), (4608, 2592)), "v2": ((62.2, 48.8), (3280, 2464))}
MARGIN_MM = 15
ROW = re.compile(
    r"\| A\d, (\d+) × (\d+) mm \| Module (\w+) \| (\d+) cm "
    r"\| (\d+) × (\d+) mm \| (\d+) points \| (\d+) points \|"
)
ROWS = ROW.findall(PAGE)


def test_both_trays_and_both_cameras_are_there() -> None:
    assert len(ROWS) == 4
    assert {row[2] for row in ROWS} == set(LENSES)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_table_is_true(row: tuple[str, ...]) -> None:
    tray_width, tray_height, lens, height, *_ = row
    angles, sensor = LENSES[lens]
    field = [2 * float(height) * 10 * tan(radians(angle / 2)) for angle in angles]
    assert [int(row[4]), int(row[5])] == [round(side) for side in field]
    assert field[0] >= int(tray_width) + 2 * MARGIN_MM
    assert field[1] >= int(tray_height) + 2 * MARGIN_MM
    in_photo = 5 * min(LONGEST_SIDE, sensor[0]) / field[0]
    in_film = 5 * film_size(sensor)[0] / field[0]
    assert (int(row[6]), int(row[7])) == (int(in_photo), int(in_film))
    assert int(row[7]) >= 10


def test_a_head_above_the_table_s_edge_is_out_of_the_picture() -> None:
    told = re.search(
        r"Module 3 à (\d+) cm, il va, devant, jusqu’à (\d+) cm .*?jusqu’à (\d+) cm .*?à (\d+) cm", PAGE, re.S
    )
    assert told is not None
    height, on_table, above, level = (int(number) for number in told.groups())
    slope = tan(radians(LENSES["3"][0][1] / 2))
    assert (on_table, above) == (round(height * slope), round((height - level) * slope))
