"""Reading a badge in front of the camera: the same code in two of three frames (requirements §3.1)."""

import threading
from collections import deque
from collections.abc import Callable

from appliance.devices.ports import CameraStream, LumaFrame
from appliance.domain.codes import parse_badge

FRAME_TIMEOUT = 2.0


def read_code(frame: LumaFrame) -> str | None:
    """Return the badge code in a grey picture, or None."""
    import numpy as np
    import zxingcpp

    grey = np.frombuffer(frame.data, np.uint8).reshape(frame.height, frame.width)
    for barcode in zxingcpp.read_barcodes(
        grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    ):
        code = parse_badge(barcode.text)
        if code is not None:
            return code
    return None


def look(stream: CameraStream, stop: threading.Event, seen: Callable[[str], None]) -> None:
    """Look until a badge is read or `stop`; no frame is kept. DeviceError when the camera stops giving."""
    latest: deque[str | None] = deque(maxlen=3)
    while not stop.is_set():
        latest.append(read_code(stream.luma(FRAME_TIMEOUT)))
        newest = latest[-1]
        if newest is not None and latest.count(newest) >= 2:
            seen(newest)
            return
