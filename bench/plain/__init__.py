"""A store of records such as one would write first: FastAPI, SQLAlchemy's sessions and Strawberry, by their manuals."""
