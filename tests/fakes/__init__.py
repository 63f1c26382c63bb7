"""Stand-ins for the world, written by hand: they keep the same contracts as the adapters (tests/contract)."""
