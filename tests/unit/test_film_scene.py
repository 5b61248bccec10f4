"""A whole film in real time: what the twins see and hear is together in the file."""

import io
import threading

import numpy as np
from PIL import Image
from pyrage import x25519

from appliance.simulator.twins.camera import TwinCamera
from appliance.simulator.twins.room import Room
from appliance.simulator.twins.sound import TwinMicrophone
from appliance.station import film
from appliance.vault.sealing import Sealer
from tests.unit.film_helpers import beeps, flashes_and_beeps, probe


def shade(grey: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (grey, grey, grey)).save(file, "PNG")
    return file.getvalue()


def test_a_scene_is_filmed_in_real_time() -> None:
    """The twins: four times, a card turns white and somebody says beep."""
    camera, microphone = TwinCamera(), TwinMicrophone(Room())
    camera.show(shade(0))
    stop = threading.Event()
    sealer = Sealer([str(x25519.Identity.generate().to_public())])
    parts = film.PartWriter(sealer, lambda *_part: None, sound=True)

    def scene() -> None:
        white, black, beep = shade(255), shade(0), beeps(0.1, [0])
        pause = threading.Event()
        for _ in range(4):
            pause.wait(0.4)
            camera.show(white)
            microphone.set_clip(beep)
            pause.wait(0.2)
            camera.show(black)
        pause.wait(0.3)
        stop.set()

    player = threading.Thread(target=scene)
    with camera.film(film.PICTURES_PER_SECOND, film.BIT_RATE) as video, microphone.open() as sound:
        made = film.record(
            video,
            sound,
            signal=lambda: None,
            started=player.start,
            stop=stop,
            limit_seconds=30,
            parts=parts,
        )
    player.join()
    mp4 = made.mp4(made.sound())
    picture, voice = probe(mp4)["streams"]
    assert (picture["codec_name"], picture["profile"], voice["codec_name"]) == ("h264", "Main", "aac")
    assert int(picture["bit_rate"]) < 2_000_000
    flashes, heard = flashes_and_beeps(mp4)
    assert len(flashes) == len(heard) == 4
    apart = [abs(flash - beep) for flash, beep in zip(flashes, heard, strict=True)]
    assert float(np.median(apart)) <= 0.08, "a picture may come its whole twentieth of a second later"
    assert Image.open(io.BytesIO(made.thumbnail())).getpixel((100, 100)) < (40, 40, 40)
