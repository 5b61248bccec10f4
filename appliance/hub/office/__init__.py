"""What the box knows of the school, and the facts its papers state."""
