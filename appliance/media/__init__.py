"""Sound and moving pictures as bytes in, bytes out: nothing here touches a device, the disk or a key.

Everything works in memory, because what it handles is in clear. PyAV costs 22 MB of memory once imported:
each module imports it only when it is used.
"""
