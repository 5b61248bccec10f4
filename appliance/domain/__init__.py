"""Pure rules: captures, permissions, retention, rosters, codes and ids.

No I/O, no clock and no random of its own: time and random bytes are passed in, so that every rule
can be played on a table. Nothing here imports anything else of ours.
"""
