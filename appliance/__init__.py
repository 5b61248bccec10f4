"""What runs on the box. Nothing here imports `web`; `web` imports from here."""
