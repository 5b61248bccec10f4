"""The papers that the box writes itself (law.md R13, §4): what each one states, and the press that prints it.

`facts` are plain values that somebody else has gathered; `press` turns a page into a PDF in a process of
its own. Nothing here reads the database, opens a key or knows the pages: style and fonts are folders that
the caller gives.
"""
