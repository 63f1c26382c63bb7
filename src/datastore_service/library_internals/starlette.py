"""What is not documented of Starlette: what compresses one response, and what answers a preflight.

`api/edge/compression.py` hands messages to the former without its middleware; `api/edge/cors.py` overrides a method of
the latter.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder

__all__ = ["DEFAULT_EXCLUDED_CONTENT_TYPES", "CORSMiddleware", "GZipResponder"]
