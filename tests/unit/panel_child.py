"""A child at a panel: plays events a second apart and remembers what they ask for."""

from appliance.devices.ports import ButtonName
from appliance.station import events as e
from appliance.station.events import Settings, State
from appliance.station.panel import Panel

RED, GREEN, BLUE = ButtonName.RED, ButtonName.GREEN, ButtonName.BLUE
ALONE = Settings(180.0, choices=3)
TOGETHER = Settings(180.0, group_max=3, choices=3)


class Child:
    """Plays events one second apart and remembers the effects."""

    def __init__(self, wanted: Settings = ALONE) -> None:
        self.panel = Panel(wanted)
        self.now = 0.0
        self.effects: list[e.Effect] = []

    @property
    def state(self) -> State:
        return self.panel.state

    def send(self, event: e.Event) -> list[e.Effect]:
        self.panel, effects = self.panel.step(event)
        self.effects += effects
        return effects

    def press(self, button: ButtonName, *, after: float = 1.0, refusal: str | None = None) -> list[e.Effect]:
        self.now += after
        return self.send(e.Press(button, self.now, refusal))

    def time_out(self) -> list[e.Effect]:
        return self.send(e.Elapsed(self.panel.epoch))

    def wait_out(self, state: State) -> list[e.Effect]:
        """Let the time pass until the panel leaves a state, its help being said on the way."""
        said: list[e.Effect] = []
        while self.state is state:
            said += self.time_out()
        return said

    def start(self, pupil: str = "lina") -> None:
        self.press(RED)
        self.send(e.BadgeSeen(pupil))
        self.send(e.Told())
        self.send(e.Started(self.now))

    def record(self, result: e.Finished | None = None) -> None:
        self.start()
        self.press(RED)
        self.send(result or e.Finished())

    def record_again(self) -> None:
        self.press(RED)
        self.send(e.Told())
        self.send(e.Started(self.now))
        self.press(RED)
        self.send(e.Finished())


def prompts(effects: list[e.Effect]) -> list[str]:
    return [effect.prompt for effect in effects if isinstance(effect, e.Say | e.Announce)]
