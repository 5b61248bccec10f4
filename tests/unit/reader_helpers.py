"""The fingers of a badge reader: texts as the key events that its device gives."""

import struct

from appliance.devices.keystrokes import NATIVE, QWERTY, Layout

SHIFT, ENTER = 42, 28


def event(kind: int, code: int, value: int, form: struct.Struct = NATIVE) -> bytes:
    return form.pack(1_800_000_000, 123_456, kind, code, value)


def stroke(code: int, *, shift: bool = False, form: struct.Struct = NATIVE) -> bytes:
    """A key pressed and let go, each followed by the report that ends a packet."""
    keys = [(SHIFT, 1), (code, 1), (code, 0), (SHIFT, 0)] if shift else [(code, 1), (code, 0)]
    return b"".join(event(1, key, value, form) + event(0, 0, 0, form) for key, value in keys)


def typed(text: str, layout: Layout = QWERTY, form: struct.Struct = NATIVE) -> bytes:
    """A text and its Enter, typed by a reader that is set to this keyboard."""
    keys = {sign: key for key, sign in reversed(layout.items())}
    strokes = [stroke(code, shift=shift, form=form) for code, shift in (keys[sign] for sign in text)]
    return b"".join(strokes) + stroke(ENTER, form=form)
