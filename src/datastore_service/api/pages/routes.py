"""Routes of the web pages, and of the files that they load."""

import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Response, status
from fastapi.responses import FileResponse, HTMLResponse

from datastore_service.api.http.rest import ServiceRoute

_HERE: Final = Path(__file__).parent
_MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; "
    "script-src 'self'; "
    # All three write style elements at run time.
    "style-src 'self' 'unsafe-inline'; "
    # The style sheets embed their images and fonts.
    "img-src 'self' data:; "
    "font-src 'self' data:; "
    # ReDoc's search runs in a worker made from a blob.
    "worker-src 'self' blob:; "
    "connect-src 'self'; "
    "frame-ancestors 'none'; "
    "base-uri 'none'; "
    "form-action 'none'"
)


class Pages:
    """The pages. Every address of an asset contains a version, so that browsers may cache assets for good."""

    def __init__(self, fetched: Path) -> None:
        stamp = fetched / ".stamp"
        own = _HERE / "static"
        self._complete = stamp.is_file()
        self._pages = {path.stem: path.read_text("utf-8") for path in own.glob("*.html")}
        self._files = {
            path.relative_to(folder).as_posix(): path
            for folder in (own, fetched)
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".html" and path != stamp
        }
        # The stamp names the digest of each fetched file.
        hashed = [*sorted(own.iterdir()), *([stamp] if self._complete else [])]
        self._version = hashlib.sha256(b"".join(path.read_bytes() for path in hashed)).hexdigest()[:12]

    def page(self, name: str) -> HTMLResponse:
        """Returns a page, or one that says what to do if the assets were never fetched."""
        html = self._pages[name if self._complete else "missing"]
        return HTMLResponse(
            html.replace("{assets}", f"assets/{self._version}"),
            status_code=status.HTTP_200_OK if self._complete else status.HTTP_503_SERVICE_UNAVAILABLE,
            headers={**_HEADERS, "Content-Security-Policy": _CONTENT_SECURITY_POLICY, "Cache-Control": "no-cache"},
        )

    def asset(self, version: str, path: str) -> FileResponse:
        """Returns a file that the pages load.

        Raises:
            HTTPException: There is no such file in this version.
        """
        file = self._files.get(path)
        if file is None or version != self._version:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such asset.")
        return FileResponse(
            file,
            headers={**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"},
            media_type=_MEDIA_TYPES.get(file.suffix, "text/plain"),
        )


router = APIRouter(include_in_schema=False, route_class=ServiceRoute)
_pages = Pages(_HERE / "assets")


@router.get("/docs")
async def swagger_page() -> HTMLResponse:
    """Returns Swagger UI."""
    return _pages.page("swagger")


@router.get("/redoc")
async def redoc_page() -> HTMLResponse:
    """Returns ReDoc."""
    return _pages.page("redoc")


@router.get("/assets/{version}/{path:path}")
async def asset(version: str, path: str) -> Response:
    """Returns a file that the pages load."""
    return _pages.asset(version, path)


def graphiql_page() -> HTMLResponse:
    """Returns GraphiQL, which posts to the address it was served from."""
    return _pages.page("graphiql")
