"""A limit of messages for each actor, as a behaviour of one's own with settings of its own."""
