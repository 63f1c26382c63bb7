"""Units of work without locks; concurrent ones share statements and commits (adr/0049, adr/0050)."""
