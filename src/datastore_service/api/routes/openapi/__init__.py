"""The OpenAPI document, as far as FastAPI does not write it by itself."""
