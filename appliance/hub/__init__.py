"""What people and stations ask of the hub, as plain functions over the database, the vault and the domain.

The web pages and the UNIX sockets call these and add nothing to the rules. Only this folder opens what
is sealed; what it opens stays in memory.
"""
