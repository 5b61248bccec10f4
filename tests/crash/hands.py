"""Hands at one station: they play a sequence, put everything back, then finish what a pupil began, or not."""

import random
import threading
import time

from appliance.domain.codes import ALPHABET, BADGE_LENGTH
from appliance.simulator.desk import NotThere
from appliance.simulator.scene import Card as Badge
from tests.crash.classroom import Classroom
from tests.crash.mishaps import Mishap

REST_SECONDS = 240.0
"""Longest way back to rest when nobody helps: a slow pupil's take, then her review."""
_FINISHING = {"recording": "red", "review": "blue", "playing": "blue", "wishing": "blue", "hearing": "green"}
"""Which button a pupil presses to come to an end."""


class Hands:
    """What is done at one station."""

    def __init__(self, classroom: Classroom, station: str, chance: random.Random) -> None:
        self._classroom = classroom
        self._station = station
        self._watch = classroom.desks[station]
        self._chance = chance
        self._presses: list[threading.Thread] = []

    def play(self, sequence: list[Mishap]) -> None:
        """Do everything in a sequence."""
        for mishap in sequence:
            self._do(mishap)
            time.sleep(mishap.then)

    def put_back(self) -> None:
        """Let go of the buttons, plug everything in, take the badge away."""
        for press in self._presses:
            press.join()
        self._presses.clear()
        for thing in self._watch.desk.faults():
            self._watch.desk.set_fault(thing, "ok")
        self._watch.desk.take_away()

    def rest(self, *, helped: bool) -> float:
        """Wait until the station is at rest, `helped` by a pupil who finishes; returns the seconds."""
        began = time.monotonic()
        while not self._watch.at_rest():
            assert time.monotonic() - began < REST_SECONDS, ("stuck", self._station, self._watch.tell())
            button = _FINISHING.get(self._watch.state)
            if helped and button:
                self.press(button, 80)
                time.sleep(0.5)
            time.sleep(0.05)
        return time.monotonic() - began

    def press(self, button: str, ms: int) -> None:
        """Press a button and let it go, if the station is there."""
        try:
            self._watch.desk.press(button, ms)
        except NotThere:
            return

    def show(self, what: str) -> None:
        """Show badges: `known`, `unknown`, `forbidden` or `two`."""
        badges = {
            "known": [self._chance.choice(self._classroom.badges)],
            "unknown": [Badge("".join(self._chance.choices(ALPHABET, k=BADGE_LENGTH)), "star")],
            "forbidden": [self._classroom.forbidden],
            "two": self._chance.sample(self._classroom.badges, 2),
        }[what]
        if self._watch.reads_badges:
            for badge in badges:
                self._read(badge.code)
        else:
            self._watch.desk.show_badges(badges, self._chance)

    def _do(self, mishap: Mishap) -> None:
        if mishap.kind == "press":
            held = threading.Thread(target=self.press, args=(mishap.what, mishap.ms), daemon=True)
            held.start()
            self._presses.append(held)
        elif mishap.kind == "badge":
            self.show(mishap.what)
        elif mishap.kind == "away":
            self._watch.desk.take_away()
        elif mishap.kind == "sticker":
            self._show_sticker()
        elif mishap.kind == "fault":
            self._break(mishap.what)
        elif mishap.kind == "mend":
            for thing in self._watch.desk.faults():
                self._watch.desk.set_fault(thing, "ok")
        elif mishap.kind == "kill":
            self._classroom.kill(f"station-{self._station}")

    def _break(self, what: str) -> None:
        thing, fault = what.split()
        for device in self._watch.desk.devices:
            if thing in device:
                self._watch.desk.set_fault(device, fault)

    def _show_sticker(self) -> None:
        papers = self._classroom.printer.papers()
        if not papers:
            return
        paper = self._chance.choice(papers)
        if self._watch.reads_badges:
            self._read(self._classroom.code_on(paper))
        else:
            self._watch.desk.show_sticker(int(paper.stem), paper.read_bytes(), self._chance)

    def _read(self, text: str) -> None:
        try:
            self._watch.desk.read(text)
        except NotThere:
            return
