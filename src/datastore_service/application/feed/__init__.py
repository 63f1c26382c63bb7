"""How the log of changes is followed: places in it, and the hub that tells of what is new."""
