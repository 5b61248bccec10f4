"""The sound path through the real PortAudio and ALSA, on a machine without a sound card.

Two set-ups, both measured to be bit-exact: ALSA's `file` on `null`, which runs as fast as it can, and ALSA's
`file` on the monitor of a PulseAudio null sink, which gives the pace of a real card. PortAudio reads
`$HOME/.asoundrc` as it loads, so each recording is a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from appliance.devices.ports import SAMPLE_RATE

pytestmark = pytest.mark.skipif(find_library("portaudio") is None, reason="libportaudio2 is not installed")

needs_pulse = pytest.mark.skipif(
    not (shutil.which("pulseaudio") and shutil.which("parec")), reason="pulseaudio is not installed"
)

MONO = ["--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1"]

PRELUDE = """
import json, sys, threading, time
import numpy as np
from appliance.devices.ports import DeviceError
from appliance.devices.sound import SoundCardLoudspeaker, SoundCardMicrophone

def record(name, seconds, out):
    begun = time.monotonic()
    with SoundCardMicrophone(name).open() as stream:
        pcm = b""
        while len(pcm) < seconds * 48000:
            pcm += stream.read(5.0)
        health = stream.health()
    open(out, "wb").write(pcm)
    return {"frames": health.frames, "overflows": health.overflows, "took": time.monotonic() - begun}

def tell(**facts):
    print(json.dumps(facts), flush=True)
"""


@dataclass
class Sandbox:
    folder: Path

    @property
    def server(self) -> str:
        return f"unix:{self.folder}/pulse.sock"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "HOME": str(self.folder / "home"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "PULSE_SERVER": self.server,
            "PULSE_LATENCY_MSEC": "40",
        }

    def source(self, name: str, seconds: float) -> np.ndarray:
        """Write what the microphone `name` hears: noise, which matches itself at one place only."""
        seed = int.from_bytes(name.encode()[-2:], "big")
        noise = np.random.default_rng(seed).integers(-8000, 8000, round(seconds * SAMPLE_RATE)).astype("<i2")
        (self.folder / f"{name}.raw").write_bytes(noise.tobytes())
        return noise

    def pcm(self, name: str, slave: str) -> str:
        hint = f'hint {{ show on description "{name}" }}'
        file = f'file "/dev/null" infile "{self.folder}/{name}.raw" format "raw"'
        return f"pcm.{name} {{ type file {file} {hint} slave.pcm {slave} }}\n"

    def sink(self, device: str) -> str:
        return f'{{ type pulse server "{self.server}" device "{device}" }}'

    def run(self, script: str, **names: object) -> dict[str, object]:
        result = subprocess.run(
            [sys.executable, "-c", PRELUDE + script, json.dumps(names, default=str)],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    for folder in ("home", "run"):
        (tmp_path / folder).mkdir(mode=0o700)
    return Sandbox(tmp_path)


@dataclass
class Pulse:
    sandbox: Sandbox
    process: subprocess.Popen[bytes]
    keep_alive: list[subprocess.Popen[bytes]]

    def end(self) -> None:
        for process in [*self.keep_alive, self.process]:
            process.kill()
            process.wait(10)


@pytest.fixture
def pulse(sandbox: Sandbox) -> Iterator[Pulse]:
    """Two microphones and a loudspeaker at the pace of time."""
    script = sandbox.folder / "pulse.pa"
    sinks = [
        f"load-module module-null-sink sink_name={name} rate={SAMPLE_RATE} channels={channels}"
        for name, channels in (("st1", 1), ("st2", 1), ("out", 2))
    ]
    socket = f"load-module module-native-protocol-unix socket={sandbox.folder}/pulse.sock auth-anonymous=1"
    script.write_text("\n".join([socket, *sinks]))
    (sandbox.folder / "home" / ".asoundrc").write_text(
        sandbox.pcm("mic1", sandbox.sink("st1.monitor"))
        + sandbox.pcm("mic2", sandbox.sink("st2.monitor"))
        + f'pcm.speaker {{ type file file "{sandbox.folder}/speaker.sent" format "raw" '
        + f'hint {{ show on description "speaker" }} slave.pcm {sandbox.sink("out")} }}\n'
    )
    options = "--daemonize=no --exit-idle-time=-1 --disable-shm=yes --use-pid-file=no -n -F"
    server = subprocess.Popen(
        ["pulseaudio", *options.split(), script],
        env=sandbox.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Pulse(sandbox, server, [])
    try:
        # A sink that nobody listens to wakes every 2 s only: one client each keeps them at 20 ms.
        wait_for((sandbox.folder / "pulse.sock").exists, "PulseAudio did not start")
        names = ("st1", "st2", "out")
        running.keep_alive += [listen(sandbox, name) for name in names]
        heard = [sandbox.folder / f"{name}.heard" for name in names]
        wait_for(lambda: all(file.stat().st_size for file in heard), "PulseAudio gives no sound")
        yield running
    finally:
        running.end()


def listen(sandbox: Sandbox, sink: str) -> subprocess.Popen[bytes]:
    """Write what a sink plays to `<sink>.heard`."""
    with (sandbox.folder / f"{sink}.heard").open("wb") as file:
        return subprocess.Popen(
            ["parec", f"--device={sink}.monitor", "--latency-msec=20", "--raw", *MONO],
            env=sandbox.environment(),
            stdout=file,
            stderr=subprocess.DEVNULL,
        )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.01)


def offset_and_difference(recorded: np.ndarray, source: np.ndarray) -> tuple[int, int]:
    """Return where in `source` the recording begins, and the largest difference from there on."""
    size = 1 << (len(recorded) + len(source)).bit_length()
    spectrum = np.fft.rfft(source.astype(float), size) * np.conj(np.fft.rfft(recorded.astype(float), size))
    offset = int(np.argmax(np.fft.irfft(spectrum, size)))
    expected = source[offset : offset + len(recorded)].astype(int)
    return offset, int(np.abs(recorded[: len(expected)].astype(int) - expected).max())


def test_what_the_card_gives_is_what_is_read_to_the_bit(sandbox: Sandbox) -> None:
    source = sandbox.source("fast1", 5)
    (sandbox.folder / "home" / ".asoundrc").write_text(sandbox.pcm("fast1", '"null"'))
    out = sandbox.folder / "out.raw"
    script = "names = json.loads(sys.argv[1])\ntell(**record('fast1', 2, names['out']))"
    told = sandbox.run(script, out=out)
    recorded = np.fromfile(out, "<i2")
    assert len(recorded) == told["frames"] >= 2 * SAMPLE_RATE
    assert (recorded[: len(source)] == source[: len(recorded)]).all()


@needs_pulse
def test_two_microphones_at_once_keep_the_pace_of_time(pulse: Pulse) -> None:
    sandbox = pulse.sandbox
    sources = {name: sandbox.source(name, 20) for name in ("mic1", "mic2")}
    script = """
names = json.loads(sys.argv[1])
told = {}
def both(name):
    told[name] = record(name, 3, names["folder"] + f"/{name}.out")
threads = [threading.Thread(target=both, args=(name,)) for name in ("mic1", "mic2")]
for thread in threads: thread.start()
for thread in threads: thread.join()
tell(**told)
"""
    told = sandbox.run(script, folder=sandbox.folder)
    for name, source in sources.items():
        recorded = np.fromfile(sandbox.folder / f"{name}.out", "<i2")
        assert offset_and_difference(recorded, source) == (0, 0)
        assert told[name]["overflows"] == 0
        assert told[name]["took"] > 2.5, "it did not run in real time"


@needs_pulse
def test_a_sound_system_that_goes_away_is_noticed_in_three_seconds(pulse: Pulse) -> None:
    sandbox = pulse.sandbox
    sandbox.source("mic1", 20)
    script = """
import os, signal
names = json.loads(sys.argv[1])
with SoundCardMicrophone("mic1").open() as stream:
    for _ in range(10):
        stream.read(5.0)
    os.kill(names["pid"], signal.SIGSTOP)
    begun = time.monotonic()
    try:
        while stream.read(1.0) is not None:
            pass
    except DeviceError as error:
        told = str(error)
    took = time.monotonic() - begun
    os.kill(names["pid"], signal.SIGKILL)
tell(took=took, told=told)
"""
    told = sandbox.run(script, pid=pulse.process.pid)
    assert "Rebranchez" in str(told["told"])
    assert float(str(told["took"])) < 3


@needs_pulse
def test_a_sound_is_played_whole_and_in_its_time(pulse: Pulse) -> None:
    sandbox = pulse.sandbox
    source = sandbox.source("prompt", 1)
    script = """
names = json.loads(sys.argv[1])
pcm = open(names["pcm"], "rb").read()
loudspeaker = SoundCardLoudspeaker("speaker")
loudspeaker.check()
threading.Timer(0.3, loudspeaker.stop).start()
begun = time.monotonic()
loudspeaker.play(bytes(10 * len(pcm)), "take")
cut = time.monotonic() - begun
begun = time.monotonic()
loudspeaker.play(pcm, "consigne")
tell(cut=cut, whole=time.monotonic() - begun)
"""
    told = sandbox.run(script, pcm=sandbox.folder / "prompt.raw")
    pulse.end()
    assert float(str(told["whole"])) >= 1.0
    assert float(str(told["cut"])) < 5
    sent = np.fromfile(sandbox.folder / "speaker.sent", "<i2").reshape(-1, 2)[: len(source)]
    assert (sent == source[:, None]).all(), "both sides get the whole sound"
    # Ten milliseconds: on a busy machine PulseAudio may hiccup before them.
    _offset, difference = offset_and_difference(
        source[-240:], np.fromfile(sandbox.folder / "out.heard", "<i2")
    )
    assert difference == 0, "the end was not heard"
