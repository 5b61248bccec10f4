"""The panel's state machine drawn from its code, by playing every event in every state it can reach.

`python -m appliance.simulator.panel_drawing` writes docs/panneau.md; `--check` only says whether it is up to
date.
"""

import argparse
import sys
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from appliance.devices.ports import ButtonName, LightState
from appliance.station import events as e
from appliance.station.panel import Panel

PAGE = Path("docs/panneau.md")
_STEP = 1.0
"""Seconds between two presses: more than a double press."""
_SETTINGS = (
    e.Settings(180.0, choices=2),
    e.Settings(180.0, group_max=2, wish=True, choices=2),
    e.Settings(180.0, draft=True),
)
_BUTTONS = {ButtonName.RED: "rouge", ButtonName.GREEN: "vert", ButtonName.BLUE: "bleu"}
_SCREEN = {
    e.State.READY: "prête",
    e.State.OFF: "éteinte par la maîtresse",
    e.State.LOOKING: "montre ton badge",
    e.State.GATHERING: "à plusieurs ?",
    e.State.WELCOME: "bonjour, appuie sur rouge",
    e.State.CHOOSING: "cherche ton image",
    e.State.BRIEFING: "bonjour, la consigne",
    e.State.STARTING: "le signal",
    e.State.RECORDING: "j’enregistre",
    e.State.FINISHING: "attends",
    e.State.REVIEW: "écoute, garde ou recommence",
    e.State.PLAYING: "tu t’écoutes",
    e.State.WISHING: "qui peut écouter ?",
    e.State.HEARING: "j’écoute le cahier",
    e.State.KEPT: "j’ai gardé",
    e.State.CANNOT: "je ne peux pas",
    e.State.STUCK: "bouton coincé",
}
Edges = dict[e.State, dict[e.State, list[str]]]
Moves = Iterator[tuple[str, Panel, list[e.Effect]]]


def explore() -> tuple[Edges, dict[e.State, set[float]], dict[e.State, set[LightState]]]:
    """Return what leads from each state to which, how long each may last, and the lights that begin it."""
    edges: Edges = defaultdict(lambda: defaultdict(list))
    stays: dict[e.State, set[float]] = defaultdict(set)
    lights: dict[e.State, set[LightState]] = defaultdict(set)
    waiting = deque(Panel(settings) for settings in _SETTINGS)
    known = {_essence(panel) for panel in waiting}
    while waiting:
        panel = waiting.popleft()
        for label, after, effects in _moves(panel):
            stays[after.state] |= {
                effect.seconds + after.left for effect in effects if isinstance(effect, e.After)
            }
            lights[after.state] |= {effect.light for effect in effects if isinstance(effect, e.Show)}
            labels = edges[panel.state][after.state]
            if (after.state is not panel.state or effects) and label not in labels:
                labels.append(label)
            if _essence(after) not in known:
                known.add(_essence(after))
                waiting.append(after)
    return edges, stays, lights


def page() -> str:
    """Return the whole page, in Markdown."""
    edges, stays, lights = explore()
    lines = [
        "# Le panneau : tout ce qu’il peut faire",
        "",
        "<!-- Drawn from appliance/station/panel.py by `python -m appliance.simulator.panel_drawing`. -->",
        "",
        "Cette page est dessinée à partir du programme lui-même : chaque événement est joué dans chaque état"
        " que le panneau peut atteindre.",
        "",
        "Un enregistrement ordinaire :",
        "",
        *_diagram(edges, _ORDINARY),
        "",
        "Tous les états, ce qui les fait quitter, et le temps au bout duquel le panneau en sort de lui-même"
        " :",
        "",
        "| État | Ce que l’enfant perçoit | Lumière | Au plus | Rouge | Vert | Bleu | Sinon |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(state, edges[state], stays[state], lights[state]) for state in e.State),
        "",
        "Un élève qui a besoin de temps en a deux fois plus. « — » : la touche ne fait rien.",
        "",
    ]
    return "\n".join(lines)


_ORDINARY = (
    e.State.READY,
    e.State.LOOKING,
    e.State.BRIEFING,
    e.State.STARTING,
    e.State.RECORDING,
    e.State.FINISHING,
    e.State.REVIEW,
    e.State.PLAYING,
    e.State.KEPT,
    e.State.CANNOT,
)
_RARE = ("bouton coincé", "fermeture", "débloqué", "refus")


def _diagram(edges: Edges, states: tuple[e.State, ...]) -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{_SCREEN[state]}" as {state.value}' for state in states]
    lines.append("    [*] --> ready")
    for state in states:
        for target, labels in edges[state].items():
            told = [label for label in labels if label not in _RARE]
            if target in states and target is not state and told:
                lines.append(f"    {state.value} --> {target.value}: {', '.join(told)}")
    return [*lines, "```"]


def _row(state: e.State, ways: dict[e.State, list[str]], stays: set[float], lights: set[LightState]) -> str:
    by_label: dict[str, list[str]] = defaultdict(list)
    for target, labels in ways.items():
        for label in labels:
            by_label[label].append(_SCREEN[target] if target is not state else "reste")
    buttons = [" / ".join(by_label.pop(label, [])) or "—" for label in _BUTTONS.values()]
    others = "; ".join(
        f"{label} → {' / '.join(targets)}" for label, targets in by_label.items() if targets != ["reste"]
    )
    longest = f"{max(stays):g} s" if stays else "—"
    shown = ", ".join(sorted(light.value for light in lights)) or "celle de l’appareil ouvert"
    return f"| `{state.value}` | {_SCREEN[state]} | {shown} | {longest} | {' | '.join(buttons)} | {others} |"


def _moves(panel: Panel) -> Moves:
    at = panel.pressed_at + _STEP
    for button, label in _BUTTONS.items():
        yield label, *panel.step(e.Press(button, at))
    for label, event in _happenings(panel):
        yield label, *panel.step(event)


def _happenings(panel: Panel) -> list[tuple[str, e.Event]]:
    hours = e.Hours(not panel.open, panel.settings)
    return [
        ("badge", e.BadgeSeen(f"p{len(panel.pupils)}")),
        ("étiquette", e.StickerSeen("7Q2M9XKD4HTR")),
        ("refus", e.Refused("author" if panel.sticker and not panel.pupils else "too_short")),
        ("c’est dit", e.Told()),
        ("le signal est passé", e.Started(panel.pressed_at)),
        ("la prise est faite", e.Finished()),
        ("la prise est vide", e.Finished(empty=True)),
        ("la lecture est finie", e.Played()),
        ("ouverture" if hours.open else "fermeture", hours),
        ("bouton coincé", e.Stuck()),
        ("débloqué", e.Freed()),
        ("le temps est passé", e.Elapsed(panel.epoch)),
    ]


def _essence(panel: Panel) -> Panel:
    """Return a panel without what only counts: two that differ by it behave alike."""
    return replace(panel, epoch=0, pressed=None, pressed_at=0.0, answered=0, began_at=0.0)


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or say with `--check` that it is out of date (status 1)."""
    parser = argparse.ArgumentParser(prog="panel_drawing")
    parser.add_argument("--check", action="store_true")
    drawn = page()
    if not parser.parse_args(arguments).check:
        PAGE.write_text(drawn, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == drawn:
        return 0
    sys.stderr.write(f"{PAGE} is out of date: run python -m appliance.simulator.panel_drawing\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
