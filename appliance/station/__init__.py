"""What a pupil touches: the panel's state machine, takes, badges, prompts, the spool and the way to the hub.

A station holds public keys only: it can record and cannot open what it recorded. It knows pupils by
pseudonym. The replay is played from memory and forgotten with the take.
"""
