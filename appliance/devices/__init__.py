"""Buttons, light, microphone, loudspeaker, camera and printer: one small Protocol each (`ports.py`).

The real ones wrap gpiozero, sounddevice, picamera2 and python-escpos, each in one module that is the
only one to import its library. No device opens at import: constructing an object may check that the
device is there, `open`/`record` starts it. Twins for a PC live in `appliance/simulator`.
"""
