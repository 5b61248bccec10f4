"""Draw `wiring.svg` and write `wiring.md` from `appliance/devices/pins.toml`.

Run `python hardware/draw_wiring.py` after changing a pin; a test compares the three.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE.parent / "appliance" / "devices" / "pins.toml"

# The header of every 40-pin board: BCM number by physical pin.
BCM = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25,
    23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip
PHYSICAL = {bcm: pin for pin, bcm in BCM.items()}
FIVE_VOLTS = 2
BUTTONS_GROUND = 25
LIGHT_GROUND = 30

INK, PAPER, QUIET, BOARD = "#22324a", "#fbf8f1", "#c9c4b8", "#e9efe6"
PAINT = {"red": "#c62f36", "green": "#2f8f4e", "blue": "#2a6fb8"}
FRENCH = {"red": "rouge", "green": "vert", "blue": "bleu"}
DOES = {"red": "enregistrer, arrêter", "green": "écouter", "blue": "garder, imprimer"}
LIGHT_WIRE = {"red": ("orange", "#d9822b"), "green": ("jaune", "#b59a00"), "blue": ("violet", "#7a4fa3")}
GROUND_WIRE = ("noir", "#111111")
SUPPLY_WIRE = ("marron", "#7b4a2b")

TITLE = "Un pupitre sur le connecteur d’un Raspberry Pi 4 ou 5"
LEGEND = (
    "La broche 1 est carrée. La carte est vue de dessus, connecteur en haut.",
    "Le numéro dans le rond est la broche ; GPIO est le numéro que lit le programme.",
)


@dataclass(frozen=True)
class Pins:
    """BCM numbers by colour."""

    buttons: dict[str, int]
    light: dict[str, int]


def read_pins() -> Pins:
    """Return the pins that the code uses."""
    raw = tomllib.loads(PINS.read_text(encoding="utf-8"))
    return Pins(buttons=raw["buttons"], light=raw["light"])


def table(pins: Pins) -> str:
    """Return the wires of one panel as a Markdown table, in the order in which one solders them."""
    rows = ["| Ce qu’on relie | Broche | GPIO (BCM) | Fil | À travers |", "|---|---|---|---|---|"]
    for colour, bcm in pins.buttons.items():
        rows.append(
            f"| bouton {FRENCH[colour]} ({DOES[colour]}), contact NO | {PHYSICAL[bcm]} | {bcm} "
            f"| {FRENCH[colour]} | rien : résistance de rappel interne de la carte |"
        )
    rows.append(
        f"| les trois boutons, contact COM | {BUTTONS_GROUND} | masse | {GROUND_WIRE[0]} "
        "| rien : un fil qui passe de bouton en bouton |"
    )
    for colour, bcm in pins.light.items():
        rows.append(
            f"| lumière, {FRENCH[colour]} | {PHYSICAL[bcm]} | {bcm} | {LIGHT_WIRE[colour][0]} "
            "| réseau de transistors, puis résistance |"
        )
    rows.append(f"| alimentation du réseau de transistors | {FIVE_VOLTS} | 5 V | {SUPPLY_WIRE[0]} | rien |")
    rows.append(
        f"| cathode commune de l’anneau, masse du réseau | {LIGHT_GROUND} | masse | {GROUND_WIRE[0]} | rien |"
    )
    return "\n".join(rows)


def page(pins: Pins) -> str:
    """Return `wiring.md`."""
    return (HERE / "wiring.md.in").read_text(encoding="utf-8").replace("{{table}}", table(pins))


def pin_place(pin: int) -> tuple[int, int]:
    """Return where a physical pin is drawn: odd pins below, even pins above, pin 1 on the left."""
    return 100 + (pin - 1) // 2 * 50, 190 if pin % 2 else 140


def text(x: int, y: int, words: str, *, size: int = 17, anchor: str = "middle", weight: str = "400") -> str:
    """Return one line of text."""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{INK}">{words}</text>'
    )


def on_paint(x: int, y: int, words: str, size: int = 16, ink: str = "#ffffff") -> str:
    """Return bold text centred on a painted shape."""
    return (
        f'<text x="{x}" y="{y + 6}" font-size="{size}" font-weight="700" text-anchor="middle" '
        f'fill="{ink}">{words}</text>'
    )


def wire(colour: str, *points: tuple[int, int]) -> str:
    """Return a wire with a light edge, so that it stays legible over another."""
    path = " ".join(f"{x},{y}" for x, y in points)
    line = f'<polyline points="{path}" fill="none" stroke-linejoin="round" stroke-linecap="round"'
    return f'{line} stroke="{PAPER}" stroke-width="9"/>{line} stroke="{colour}" stroke-width="4.5"/>'


def junction(x: int, y: int) -> str:
    """Return the dot that says that two ground wires meet."""
    return f'<circle cx="{x}" cy="{y}" r="7" fill="{GROUND_WIRE[1]}"/>'


def tag(x: int, y: int, words: str, colour: str) -> str:
    """Return a label on a wire: which pin, which GPIO, which colour of wire."""
    width = 9 * len(words) + 18
    return (
        f'<rect x="{x - width // 2}" y="{y - 15}" width="{width}" height="30" rx="15" '
        f'fill="#ffffff" stroke="{colour}" stroke-width="2"/>' + text(x, y + 5, words, size=16)
    )


def board() -> list[str]:
    """Return the edge of the board that carries the header."""
    return [
        f'<rect x="60" y="100" width="1040" height="130" rx="12" fill="{BOARD}" stroke="{QUIET}"/>',
        '<rect x="74" y="114" width="1002" height="102" rx="6" fill="none" stroke="#9aa39a"/>',
        text(60, 262, "◂ microSD", size=16, anchor="start"),
        text(1100, 262, "USB, Ethernet ▸", size=16, anchor="end"),
    ]


def header(pins: Pins) -> list[str]:
    """Return the 40 pins, those in use painted like their wire."""
    used = {BUTTONS_GROUND: GROUND_WIRE[1], LIGHT_GROUND: GROUND_WIRE[1], FIVE_VOLTS: SUPPLY_WIRE[1]}
    used |= {PHYSICAL[bcm]: PAINT[colour] for colour, bcm in pins.buttons.items()}
    used |= {PHYSICAL[bcm]: LIGHT_WIRE[colour][1] for colour, bcm in pins.light.items()}
    parts = []
    for pin in range(1, 41):
        x, y = pin_place(pin)
        shape = (
            f'<rect x="{x - 17}" y="{y - 17}" width="34" height="34" rx="3"'
            if pin == 1
            else f'<circle cx="{x}" cy="{y}" r="17"'
        )
        fill, edge = used.get(pin, "#ffffff"), used.get(pin, QUIET)
        parts.append(f'{shape} fill="{fill}" stroke="{edge}" stroke-width="2"/>')
        parts.append(on_paint(x, y, str(pin), 16, "#ffffff" if pin in used else "#6d6a62"))
    return parts


def arcade_button(x: int, y: int, colour: str) -> list[str]:
    """Return one button seen from the front, its two contacts above and below."""
    return [
        f'<rect x="{x - 9}" y="{y - 92}" width="18" height="26" fill="{QUIET}"/>',
        f'<rect x="{x - 9}" y="{y + 66}" width="18" height="26" fill="{QUIET}"/>',
        f'<circle cx="{x}" cy="{y}" r="70" fill="#ffffff" stroke="{INK}" stroke-width="3"/>',
        f'<circle cx="{x}" cy="{y}" r="52" fill="{PAINT[colour]}"/>',
        on_paint(x, y, FRENCH[colour], 20),
        text(x + 16, y - 76, "NO", size=16, anchor="start"),
        text(x + 16, y + 90, "COM", size=16, anchor="start"),
        text(x, y + 150, DOES[colour]),
    ]


def buttons(pins: Pins) -> list[str]:
    """Return the three buttons, their wires and their common ground."""
    parts = []
    y = 480
    ground_y = y + 115
    ground_x = pin_place(BUTTONS_GROUND)[0]
    for (colour, bcm), x in zip(pins.buttons.items(), (160, 400, 590), strict=True):
        pin = PHYSICAL[bcm]
        px, py = pin_place(pin)
        parts.append(wire(PAINT[colour], (px, py + 17), (px, 300), (x, 300), (x, y - 80)))
        parts.append(wire(GROUND_WIRE[1], (x, y + 85), (x, ground_y), (ground_x, ground_y)))
        parts += arcade_button(x, y, colour)
        parts.append(tag(x, 350, f"{pin} · GPIO {bcm}", PAINT[colour]))
    parts.append(wire(GROUND_WIRE[1], (ground_x, 207), (ground_x, ground_y)))
    parts += [junction(x, ground_y) for x in (400, 590, ground_x)]
    parts.append(tag(ground_x, 392, f"{BUTTONS_GROUND} · masse", GROUND_WIRE[1]))
    return parts


def light(pins: Pins) -> list[str]:
    """Return the RGB ring, its transistor array and its resistors."""
    left, top, bottom = 830, 430, 500
    parts = [
        f'<rect x="{left}" y="{top}" width="230" height="{bottom - top}" rx="8" fill="#ffffff" '
        f'stroke="{INK}" stroke-width="3"/>',
        text(left + 115, top + 30, "réseau de transistors", weight="700"),
        text(left + 115, top + 54, "côté alimentation", size=16),
    ]
    for index, (colour, bcm) in enumerate(pins.light.items()):
        pin = PHYSICAL[bcm]
        px, py = pin_place(pin)
        lane = px + 25 if pin % 2 == 0 else px
        x = left + 35 + index * 80
        bend = 290
        start = [(px, py), (lane, py + 25)] if pin % 2 == 0 else [(px, py + 17)]
        paint = LIGHT_WIRE[colour][1]
        parts.append(wire(paint, *start, (lane, bend), (x, bend + 15), (x, top)))
        parts.append(wire(paint, (x, bottom), (x, 620), (945 + (index - 1) * 34, 655)))
        parts.append(
            f'<rect x="{x - 11}" y="535" width="22" height="50" '
            f'fill="#ffffff" stroke="{INK}" stroke-width="2.5"/>'
        )
        parts.append(tag(x, 350 if index % 2 == 0 else 392, f"{pin} · GPIO {bcm}", paint))
    return [*supply(), *parts, *ring(945, 720, list(pins.light))]


def ring(x: int, y: int, colours: list[str]) -> list[str]:
    """Return the ring of light."""
    parts = [
        f'<circle cx="{x}" cy="{y}" r="74" fill="#ffffff" stroke="{INK}" stroke-width="3"/>',
        f'<circle cx="{x}" cy="{y}" r="36" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>',
    ]
    for index, colour in enumerate(colours):
        dot_x = x + (index - 1) * 34
        dot_y = y - (55 if index == 1 else 43)
        parts.append(f'<circle cx="{dot_x}" cy="{dot_y}" r="13" fill="{PAINT[colour]}"/>')
        parts.append(on_paint(dot_x, dot_y, FRENCH[colour][0].upper()))
    parts.append(text(x, y + 104, "anneau rouge-vert-bleu,", weight="700"))
    parts.append(text(x, y + 126, "cathode commune"))
    parts.append(text(1040, 566, "résistances", anchor="start"))
    return parts


def supply() -> list[str]:
    """Return the wires that feed the array and the ring."""
    gx, gy = pin_place(LIGHT_GROUND)
    fx, fy = pin_place(FIVE_VOLTS)
    lane = gx - 25
    return [
        wire(GROUND_WIRE[1], (lane, 470), (830, 470)),
        wire(GROUND_WIRE[1], (gx, gy), (lane, gy + 25), (lane, 720), (871, 720)),
        junction(lane, 470),
        tag(lane, 600, f"{LIGHT_GROUND} · masse", GROUND_WIRE[1]),
        wire(SUPPLY_WIRE[1], (fx, fy - 17), (fx, 80), (1140, 80), (1140, 470), (1060, 470)),
        tag(600, 80, f"{FIVE_VOLTS} · 5 V", SUPPLY_WIRE[1]),
    ]


def drawing(pins: Pins) -> str:
    """Return `wiring.svg`."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1180 880" '
        'font-family="Atkinson Hyperlegible, DejaVu Sans, sans-serif" role="img" aria-labelledby="t">',
        '<title id="t">Câblage d’un pupitre sur le connecteur à 40 broches d’un Raspberry Pi 4 ou 5</title>',
        f'<rect width="1180" height="880" fill="{PAPER}"/>',
        text(60, 46, TITLE, size=26, anchor="start", weight="700"),
        *board(),
        *buttons(pins),
        *light(pins),
        *header(pins),
        *(text(60, 800 + 26 * line, words, anchor="start") for line, words in enumerate(LEGEND)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write both files."""
    pins = read_pins()
    (HERE / "wiring.svg").write_text(drawing(pins), encoding="utf-8")
    (HERE / "wiring.md").write_text(page(pins), encoding="utf-8")


if __name__ == "__main__":
    main()
