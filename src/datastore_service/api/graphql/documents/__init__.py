"""Documents: where their text comes from, and what is prepared once for each text."""
