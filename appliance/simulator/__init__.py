"""A classroom on a PC: a virtual panel with its microphone, camera, loudspeaker and paper, and an ENT.

The simulator starts the same processes as a box and gives them twins of the devices (`twins/`); everything
above the devices is the real code. It is absent from production: nothing else of ours imports it.
"""
