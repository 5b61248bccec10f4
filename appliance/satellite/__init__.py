"""A station on another machine than its hub: linking it once, finding the hub again, taking its time.

Everything a pupil touches is `appliance.station`, unchanged: this package gives it a way to the hub and a
clock. It holds one secret, in the station's own folder, and neither a name nor a key that opens anything.
"""
