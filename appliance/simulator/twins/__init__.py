"""Twins of the devices of one panel, in memory: to the station they look like the real ones.

Each implements its Protocol of `appliance/devices/ports.py`, keeps real time, may be unplugged, and tells an
`Observer` when a stream opens or a sound plays. Buttons and light have no twin: they are the real classes on
gpiozero's mock pins.
"""
