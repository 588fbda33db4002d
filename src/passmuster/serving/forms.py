"""The forms: signing in and out, and what a person decides about a case."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from passmuster.composition.building import Workbench
from passmuster.serving.deciding import About, Labelling, UnusableError, accept, comment, judge_choice, label
from passmuster.serving.door import COOKIE, LASTING
from passmuster.serving.guarding import ENTER, MOST_BYTES, session_of
from passmuster.serving.pages import Means, NotThereError, Pages, back_to, word

MOST_FIELDS: Final = 20
LONGEST_NOTE: Final = 4000
LONGEST_NAME: Final = 100


class Forms:
    """Does what forms ask for."""

    def __init__(self, means: Means, pages: Pages, *, reviewer: str, reviewer_header: str | None) -> None:
        """Take what is needed.

        Args:
            means: What pages are made with.
            pages: Shows what came of it.
            reviewer: Who decides.
            reviewer_header: The header in which a proxy says who decides instead; ``None`` for none.
        """
        self._means = means
        self._pages = pages
        self._reviewer = reviewer
        self._header = reviewer_header

    async def enter(self, request: Request) -> Response:
        """Let in whoever has the link or the token; a search for the page alone uses no link up."""
        door = self._means.door
        if request.method == "POST":
            is_in = door.opens_with_token((await _fields(request)).get("token", "").strip())
        else:
            is_in = request.method == "GET" and door.opens_with_key(request.query_params.get("key", ""))
        if not is_in:
            is_tried = request.method == "POST" or "key" in request.query_params
            status = HTTPStatus.UNAUTHORIZED if is_tried else HTTPStatus.OK
            return self._pages.render(request, "enter", is_tried=is_tried, is_in=False, status=status)
        # A page that leads on, and no redirection: a cookie of this kind is not sent along a way that began elsewhere.
        answer = self._pages.render(request, "enter", is_tried=True, is_in=True)
        answer.set_cookie(
            COOKIE,
            door.begin(),
            max_age=LASTING,
            httponly=True,
            samesite="strict",
            secure=request.headers.get("x-forwarded-proto") == "https",
        )
        return answer

    async def leave(self, request: Request) -> Response:
        """Sign out."""
        await self._proven(request)
        self._means.door.end(session_of(request.scope))
        answer = back_to(ENTER)
        answer.delete_cookie(COOKIE)
        return answer

    async def accept(self, request: Request) -> Response:
        """Accept a case of a run."""
        fields, about = await self._about(request)
        return await self._decided(about, lambda bench: accept(bench, about, _note(fields)))

    async def comment(self, request: Request) -> Response:
        """Comment on a case."""
        fields, about = await self._about(request)
        return await self._decided(about, lambda bench: comment(bench, about, _note(fields)))

    async def choice(self, request: Request) -> Response:
        """Say whether a choice was right."""
        fields, about = await self._about(request)
        said, agent = word(fields, "said"), word(fields, "agent")
        return await self._decided(about, lambda bench: judge_choice(bench, about, said, agent, _note(fields)))

    async def label(self, request: Request) -> Response:
        """Say in a judge's place what an answer is."""
        fields, about = await self._about(request)
        trial = word(fields, "trial")
        if not trial.isascii() or not trial.isdigit():
            raise NotThereError
        said = Labelling(
            trial=int(trial[:9]),
            criterion=word(fields, "criterion"),
            choice=word(fields, "choice"),
            note=_note(fields),
        )
        return await self._decided(about, lambda bench: label(bench, about, said))

    async def _decided(self, about: About, work: Callable[[Workbench], None]) -> Response:
        await self._means.worker.do(work)
        named = {"run": about.run, "subject": about.subject, "case": about.case}
        return back_to(f"/case?{urlencode(named)}")

    async def _about(self, request: Request) -> tuple[Mapping[str, str], About]:
        if not self._means.has_reviews:
            message = "this server only shows; it was started without --reviews"
            raise UnusableError(message)
        fields = await self._proven(request)
        by = self._reviewer if self._header is None else request.headers.get(self._header, "").strip()
        if not by or len(by) > LONGEST_NAME or not by.isprintable():
            message = "nobody says who you are"
            raise UnusableError(message)
        run, case, subject = (word(fields, name) for name in ("run", "case", "subject"))
        return fields, About(by=by, run=run, case=case, subject=subject)

    async def _proven(self, request: Request) -> Mapping[str, str]:
        fields = await _fields(request)
        if not self._means.door.proves(session_of(request.scope), fields.get("proof", "")):
            message = "the form was not made for you, or is too old; open the page again"
            raise UnusableError(message)
        return fields


async def _fields(request: Request) -> Mapping[str, str]:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            message = "the form is too long"
            raise UnusableError(message)
    try:
        return dict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
        )
    except ValueError as error:
        message = "this is no form"
        raise UnusableError(message) from error


def _note(fields: Mapping[str, str]) -> str:
    note = fields.get("note", "").replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        message = f"more than {LONGEST_NOTE} characters are written"
        raise UnusableError(message)
    return "".join(character for character in note if character.isprintable() or character == "\n")
