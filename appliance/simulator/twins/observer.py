"""How a twin tells what happens to it."""

from collections.abc import Callable

Observer = Callable[[str, dict[str, object]], None]
"""Called with an event and its facts, from the twin's threads; must return at once.

Events: `microphone.opened`, `microphone.closed`, `camera.opened`, `camera.closed` (no facts),
`sound.started` (`name`, `seconds`), `sound.ended` (`name`, `cut`).
"""


def nobody(_event: str, _facts: dict[str, object]) -> None:
    """Hear nothing."""
