"""From a sticker's words to black dots: layout, image, the printer worker; badges too.

Nothing here writes a name to a disk: words come from the hub for one print and are forgotten.
"""
