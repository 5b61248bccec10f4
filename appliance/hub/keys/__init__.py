"""Who opens the class, with what, and how the keys change."""
