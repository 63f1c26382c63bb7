"""The parts of the OpenAPI document that FastAPI does not generate."""
