"""One blueprint per page family; a view asks the hub and hands the answer to a template."""
