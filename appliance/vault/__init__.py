"""The class key and everything sealed with it: age files, through pyrage, and nothing home-made.

`sealing.py` is the public half, all that a station may import; `opening.py` and `keys.py` hold the
private key, in the memory of the hub only. Files reach the disk through `files.py`, durably.
"""
