"""The ENT: one small Protocol (`ports.py`), one connector per kind of server, and the hub's side of it.

Nothing here reads the database, keeps a capture on disk, or writes a name to a log: what to carry
comes from the hub, sealed, and goes to the ENT over one connection. docs/ent.md tells why each
request is there and how to add a connector.
"""
