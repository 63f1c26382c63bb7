"""PostgreSQL: the normalised tables that commands write, and the views that queries read."""
