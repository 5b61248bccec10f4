import subprocess
import sys

MODULES = [
    "gpio", "sound", "portaudio", "camera", "cards", "losses", "resampling", "deadline", "ports", "real",
    "reader", "keystrokes", "sharing", "board",
]  # fmt: skip
TOUCHING = ["sounddevice", "picamera2", "libcamera", "lgpio", "numpy"]


def test_importing_the_devices_opens_none_and_stays_light() -> None:
    imports = "; ".join(f"import appliance.devices.{module}" for module in MODULES)
    script = f"{imports}; import sys; print([name for name in {TOUCHING} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "[]", result.stderr
