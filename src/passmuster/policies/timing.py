"""Every attempt has an end; and all who listen hear when it was sent and what it brought."""

import asyncio
from collections.abc import Callable

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import TimeLimitError
from passmuster.policies.asking import ATTEMPT, KEY, TURN, Asks
from passmuster.policies.events import Answered, Listener, Sent


class Timed:
    """Breaks off what takes too long.

    Time to connect and to the first byte is the backend's own business, since only its connections see them.
    """

    def __init__(
        self,
        inner: Asks,
        *,
        endpoint: Endpoint,
        total: float,
        tell: Listener,
        model_of: Callable[[CompletionRequest], str] = lambda request: request.model,
    ) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            endpoint: Whom that is.
            total: Seconds for a whole answer.
            tell: Takes the events.
            model_of: Says which model a request is for, as prices know it.
        """
        self._inner = inner
        self._endpoint = endpoint
        self._total = total
        self._tell = tell
        self._model_of = model_of

    async def ask(self, request: CompletionRequest) -> Reply:
        """Ask, and wait no longer than allowed.

        Raises:
            TimeLimitError: If the answer was not complete in time.
            BackendError: As the backend does.
        """
        turn = TURN.get()
        if turn is not None:
            turn.is_waited_for = False
        sent = Sent(
            endpoint=self._endpoint,
            request=request,
            attempt=ATTEMPT.get(),
            model=self._model_of(request),
            key=KEY.get(),
        )
        self._tell(sent)
        limit = asyncio.timeout(self._total)
        try:
            async with limit:
                reply = await self._inner.ask(request)
        except TimeoutError as error:
            if not limit.expired():
                raise
            message = f"{self._endpoint} did not finish its answer within {self._total:g} s"
            hint = "allow it more with 'limits: {total: …}', or ask for shorter answers with 'maximum_tokens'"
            raise TimeLimitError(message, hint=hint) from error
        completion = reply.completion
        self._tell(
            Answered(
                endpoint=self._endpoint,
                request=request,
                model=completion.model,
                usage=completion.usage,
                latency=completion.latency,
                first_token=completion.first_token,
                allowance=reply.allowance,
                completion=completion,
            )
        )
        return reply
