"""How many requests a second the service answers, and how many its rivals do: `just bench`."""
