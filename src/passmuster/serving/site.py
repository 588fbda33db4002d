"""The whole site behind its guard: every address that there is."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from passmuster.serving.forms import Forms
from passmuster.serving.guarding import ENTER, STYLE, Guard
from passmuster.serving.pages import NOTHING, Endpoint, Means, Pages


def site(means: Means, *, names: Iterable[str], reviewer: str, reviewer_header: str | None = None) -> ASGIApp:
    """Return the site.

    No address has a part that names anything: what is wanted is said behind the question mark, and looked up among
    the runs of the suite.

    Args:
        means: What its pages are made with.
        names: The names by which it may be called.
        reviewer: Who decides.
        reviewer_header: The header in which a proxy says who decides instead.
    """
    pages = Pages(means)
    forms = Forms(means, pages, reviewer=reviewer, reviewer_header=reviewer_header)
    style = files("passmuster.serving").joinpath("templates", "style.css").read_bytes()

    async def look(_request: Request) -> Response:
        return Response(style, media_type="text/css")

    async def nothing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
        return pages.trouble(request, HTTPStatus(status), NOTHING)

    def shown(path: str, endpoint: Endpoint) -> Route:
        return Route(path, pages.safe(endpoint), methods=["GET"])

    def done(path: str, endpoint: Endpoint) -> Route:
        return Route(path, pages.safe(endpoint), methods=["POST"])

    routes = [
        shown("/", pages.runs),
        shown("/report", pages.report),
        shown("/history", pages.history),
        shown("/review", pages.review),
        shown("/case", pages.case),
        shown("/trail", pages.trail),
        Route(STYLE, look, methods=["GET"]),
        Route(ENTER, pages.safe(forms.enter), methods=["GET", "POST"]),
        done("/leave", forms.leave),
        done("/accept", forms.accept),
        done("/comment", forms.comment),
        done("/choice", forms.choice),
        done("/label", forms.label),
    ]
    inner = Starlette(routes=routes, exception_handlers={HTTPException: nothing})
    inner.router.redirect_slashes = False
    return Guard(inner, means.door, frozenset(name.lower() for name in names))
