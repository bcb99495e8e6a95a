"""How a document leaves the portal: what browsers may show of it, and nothing else."""

from typing import BinaryIO

from django.http import FileResponse, HttpRequest

from profiles.models import Document

# What a browser shows by itself without running anything from it.
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
# No script, no other address, and only our own pages may frame it. A PDF gets no sandbox: browsers refuse to show it then.
CONTENT_POLICY = (
    "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def is_inline(request: HttpRequest, document: Document) -> bool:
    """Whether a page asks to show it, and it is of a kind that can be shown."""
    return "inline" in request.GET and document.content_type in SHOWN


def sent(document: Document, stream: BinaryIO, *, inline: bool) -> FileResponse:
    response = FileResponse(
        stream, as_attachment=not inline, filename=document.file_name, content_type=document.content_type
    )
    sandbox = "" if document.content_type == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = CONTENT_POLICY + sandbox
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN" if inline else "DENY"
    return response
