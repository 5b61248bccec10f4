"""Buttons and the light of a panel, on gpiozero."""

import logging
import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from gpiozero import RGBLED, Device, DigitalInputDevice

from appliance.devices.ports import ButtonName, DeviceError, LightState
from appliance.i18n import _

PINS_FILE = Path(__file__).with_name("pins.toml")

_BREATH_SECONDS = 1.2
_BLINK_SECONDS = 0.4
_BREATH_FLOOR = 0.1
_LIT_SECONDS = 0.8
_FLASH_SECONDS = 0.2

_log = logging.getLogger(__name__)

Colour = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""

_BLACK: Colour = (0.0, 0.0, 0.0)
_WHITE: Colour = (1.0, 1.0, 1.0)
_RED: Colour = (1.0, 0.0, 0.0)
_GREEN: Colour = (0.0, 1.0, 0.0)
_BLUE: Colour = (0.0, 0.0, 1.0)
_AMBER: Colour = (1.0, 0.4, 0.0)


class _Motion(Enum):
    STEADY = auto()
    BREATHING = auto()
    BLINKING = auto()
    FLASHING = auto()
    """Lit, with short flashes of the attention colour."""


PATTERNS: Mapping[LightState, tuple[Colour, _Motion]] = {
    LightState.READY: (_WHITE, _Motion.BREATHING),
    LightState.LOOKING: (_WHITE, _Motion.BLINKING),
    LightState.RECORDING: (_RED, _Motion.STEADY),
    LightState.ATTENTION: (_RED, _Motion.FLASHING),
    LightState.HELLO: (_WHITE, _Motion.STEADY),
    LightState.CHOOSING: (_BLUE, _Motion.BREATHING),
    LightState.REVIEW: (_GREEN, _Motion.BREATHING),
    LightState.KEPT: (_BLUE, _Motion.STEADY),
    LightState.WAIT: (_AMBER, _Motion.BREATHING),
    LightState.CANNOT: (_AMBER, _Motion.BLINKING),
    LightState.OFF: (_BLACK, _Motion.STEADY),
}
"""The colour and the movement of each state."""


@dataclass(frozen=True)
class Pins:
    """The wiring of one panel, in BCM numbers."""

    buttons: Mapping[ButtonName, int]
    light: tuple[int, int, int]
    """Red, green, blue."""


def load_pins(path: Path = PINS_FILE) -> Pins:
    """Read the wiring; KeyError names a missing entry."""
    with path.open("rb") as file:
        raw = tomllib.load(file)
    light = raw["light"]
    return Pins(
        buttons={name: raw["buttons"][name.value] for name in ButtonName},
        light=(light["red"], light["green"], light["blue"]),
    )


def use_lgpio(run_dir: Path) -> None:
    """Drive the real header, by lgpio only; DeviceError says what is missing.

    gpiozero left alone tries other libraries and takes the mock that an environment variable names:
    buttons would then do nothing, in silence. lgpio keeps a FIFO with a fixed name in its working
    directory (joan2937/lg#22): `run_dir` must be writable and this process's own.
    """
    asked = os.environ.get("GPIOZERO_PIN_FACTORY", "lgpio")
    if asked != "lgpio":
        raise DeviceError(
            _(
                "Les boutons seraient simulés : le réglage GPIOZERO_PIN_FACTORY vaut « {asked} ». "
                "Retirez-le, puis redémarrez la station."
            ).format(asked=asked)
        )
    os.environ["LG_WD"] = str(run_dir)
    folder = Path.cwd()
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise DeviceError(
            _("La bibliothèque des boutons (lgpio) manque. Installez le paquet python3-lgpio.")
        ) from error
    except OSError as error:
        raise DeviceError(
            _("Les boutons ont besoin d’écrire dans {folder}. Vérifiez ce dossier et ses droits.").format(
                folder=run_dir
            )
        ) from error
    finally:
        # Loading lgpio moves the whole process into its working directory.
        os.chdir(folder)
    Device.pin_factory = _claimed(LGPIOFactory)


class GpioButton:
    """A push button between its pin and ground."""

    def __init__(self, pin: int) -> None:
        _require_factory()
        # Not gpiozero.Button: it keeps one idle thread per button for presses held down.
        self._input = _claimed(lambda: DigitalInputDevice(pin, pull_up=True))

    def when_pressed(self, callback: Callable[[], None]) -> None:
        """Call `callback` at each press, from the pin library's thread: it must return at once."""
        self._input.when_activated = lambda: callback()

    def when_released(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time it comes up, from the pin library's thread: it must return at once."""
        self._input.when_deactivated = lambda: callback()

    @property
    def is_pressed(self) -> bool:
        """Whether the contact is closed now."""
        return bool(self._input.is_active)

    def close(self) -> None:
        """Give the pin back."""
        self._input.close()


class GpioLight:
    """An RGB light with common cathode; gpiozero's own threads play the patterns."""

    def __init__(self, pins: Pins) -> None:
        _require_factory()
        red, green, blue = pins.light
        self._led = _claimed(lambda: RGBLED(red, green, blue, pwm=True))
        self._state = LightState.OFF
        self._turn = threading.Lock()

    def show(self, state: LightState) -> None:
        """Show a state at once; showing the same one again does not restart its pattern."""
        with self._turn:
            if state is self._state:
                return
            self._state = state
            colour, motion = PATTERNS[state]
            if motion is _Motion.STEADY:
                self._led.value = colour
            elif motion is _Motion.BLINKING:
                self._led.blink(on_time=_BLINK_SECONDS, off_time=_BLINK_SECONDS, on_color=colour)
            elif motion is _Motion.FLASHING:
                self._led.blink(
                    on_time=_LIT_SECONDS, off_time=_FLASH_SECONDS, on_color=colour, off_color=_AMBER
                )
            else:
                dimmed = tuple(level * _BREATH_FLOOR for level in colour)
                self._led.pulse(_BREATH_SECONDS, _BREATH_SECONDS, on_color=colour, off_color=dimmed)

    def close(self) -> None:
        """Go dark and give the pins back."""
        with self._turn:
            if not self._led.closed:
                self._led.off()
                self._led.close()


def _require_factory() -> None:
    if Device.pin_factory is None:
        raise DeviceError(_("Les boutons ne sont pas reliés. Démarrez la station par la commande « boite »."))


def _claimed(claim: Callable[[], Any]) -> Any:
    try:
        return claim()
    except Exception as error:
        # Any exception: lgpio and gpiozero share no base class of their own, and lgpio is absent from a PC.
        _log.warning("GPIO: %s", error)
        raise DeviceError(
            _(
                "Les boutons et la lumière ne répondent pas ({reason}). "
                "Vérifiez leurs fils, puis redémarrez la station."
            ).format(reason=error)
        ) from error
