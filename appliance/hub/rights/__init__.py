"""What families allow, and what they may ask for: one decision, its answers, and every right of law.md §3."""
