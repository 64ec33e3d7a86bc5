"""The forms of a rule: its source read once, and printed for whoever needs it."""
