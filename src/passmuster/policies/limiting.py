"""Whose turn it is to be sent: so many at once, so many a minute, and every backend in its turn."""

import asyncio
from collections import deque
from typing import Final

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.endpoints import Allowance, Endpoint, Reply
from passmuster.domain.errors import RateLimitedError, TimeLimitError
from passmuster.domain.values import Usage
from passmuster.policies.asking import TURN, Asks
from passmuster.policies.concurrency import AdaptiveLimit, Ticket
from passmuster.policies.events import LimitChanged, Listener
from passmuster.policies.rates import MINUTE, Pace
from passmuster.ports import Clock, LiveBackend
from passmuster.services.options import Limits

IN_A_ROW: Final = 5
"""Refusals without an answer between them after which nothing is sent for as long as the service asks."""

SHORTEST_REST: Final = 0.05
LONGEST_REST: Final = 10.0
"""Seconds between requests, where even one at a time is too much."""

STRAIN: Final = 1.3
RELIEF: Final = 0.88
"""What a refusal and an answer make of these seconds: they stay as they are at one refusal in three."""

CHARACTERS: Final = 3.5
"""Characters of a token, by which tokens are estimated: fewer than in English, so that it is rather too many."""

WRITTEN: Final = 500.0
"""Tokens that an answer is thought to have before there has been one."""

MEMORY: Final = 0.1
"""How much the latest answer counts in a mean."""


class Gate:
    """How many requests are under way at one endpoint, and who is next; all backends of the endpoint share it.

    Backends are served in turns, each in the order of its requests, so that none starves beside a busier one. There
    are always either no waiters or as many under way as allowed; so every wait is ended by somebody who leaves.

    Attributes:
        endpoint: Whom requests go to.
        pace: How many go in a minute.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits, clock: Clock, tell: Listener) -> None:
        """Open the gate."""
        self.endpoint = endpoint
        self.pace = Pace(clock)
        self.pace.narrow(limits.requests_per_minute, limits.tokens_per_minute)
        self._clock = clock
        self._tell = tell
        self._adaptive = AdaptiveLimit(limits.concurrency, is_adaptive=limits.adaptive)
        self._allowed: int | None = None
        self._allowed_until = 0.0
        self._most_allowed = 1
        self._told = 0
        self._under_way = 0
        self._lanes: list[deque[asyncio.Future[None]]] = []
        self._rotation: deque[int] = deque()
        self._refused_in_a_row = 0
        self._rest = 0.0
        self._mean_tokens = 0.0
        self._mean_written = WRITTEN

    @property
    def limit(self) -> int:
        """How many may be under way at the moment."""
        limit = self._adaptive.limit
        return limit if self._allowed is None else min(limit, self._allowed)

    @property
    def under_way(self) -> int:
        """How many are."""
        return self._under_way

    def narrow(self, limits: Limits) -> None:
        """Take over the limits of another backend of this endpoint, where they are stricter."""
        self._adaptive.narrow(limits.concurrency, is_adaptive=limits.adaptive)
        self.pace.narrow(limits.requests_per_minute, limits.tokens_per_minute)

    def lane(self) -> int:
        """Return a place in the rotation for one more backend."""
        self._lanes.append(deque())
        return len(self._lanes) - 1

    async def enter(self, lane: int) -> None:
        """Wait for a place; whoever has got one must ``leave``."""
        if not self._rotation and self._under_way < self.limit:
            self._under_way += 1
            return
        turn = asyncio.get_running_loop().create_future()
        line = self._lanes[lane]
        if not line:
            self._rotation.append(lane)
        line.append(turn)
        try:
            await turn
        except BaseException:
            # The place may have been given a moment before its owner was cancelled.
            if not turn.cancel() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place back."""
        self._under_way -= 1
        if self._allowed is not None and self._clock.elapsed() >= self._allowed_until:
            self._allowed = None
        self._serve()

    def sent(self) -> Ticket:
        """Note that a request is sent; it must come back as exactly one of the three that follow."""
        if not self._told:
            self._changed("the first request")
        if self._rest and self.limit == 1:
            self.pace.pause(self._rest)
        return self._adaptive.sent()

    def broke_off(self) -> None:
        """Note that a request came back with nothing that says anything of the limit."""
        self._adaptive.broke_off()

    def answered(self, ticket: Ticket, allowance: Allowance, usage: Usage) -> None:
        """Note an answer, and what the service said of its limits."""
        self._refused_in_a_row = 0
        if self._rest:
            self._rest = self._rest * RELIEF if self._rest > SHORTEST_REST else 0.0
        self._adaptive.answered(ticket, is_full=self._under_way >= self.limit)
        tokens = usage.input_tokens + usage.output_tokens
        if tokens:
            self._mean_tokens += (tokens - self._mean_tokens) * (MEMORY if self._mean_tokens else 1.0)
            self._mean_written += (usage.output_tokens - self._mean_written) * MEMORY
        if self._allowed is not None or allowance.requests is not None or allowance.tokens is not None:
            self._allow(allowance)
        if self.limit != self._told:
            self._changed("all goes well" if self._allowed is None else "the service says that it takes few more")

    def refused(self, ticket: Ticket, error: RateLimitedError | TimeLimitError) -> None:
        """Note that a request was too much for the service."""
        self._refused_in_a_row += 1
        self._adaptive.refused(ticket)
        asked = error.retry_after if isinstance(error, RateLimitedError) else None
        # Refusals come at once, and answers that were begun before them do not.
        if asked and self._refused_in_a_row >= IN_A_ROW + 2 * self._adaptive.under_way:
            self.pace.pause(min(asked, MINUTE))
        if self.limit == 1 and self._adaptive.is_adaptive:
            self._rest = min(max(self._rest * STRAIN, SHORTEST_REST), LONGEST_REST)
        if self.limit != self._told:
            self._changed("an answer took too long" if isinstance(error, TimeLimitError) else "the service refused")

    def estimate(self, request: CompletionRequest, most_written: int | None) -> float:
        """Return how many tokens a request is thought to take, read and written together."""
        characters = sum(len(message.content) for message in request.messages)
        written = self._mean_written if most_written is None else min(self._mean_written, float(most_written))
        return characters / CHARACTERS + written

    def _allow(self, allowance: Allowance) -> None:
        """Have no more under way than the service says it will take, and none before it takes one again."""
        if allowance.requests is not None:
            self._most_allowed = max(self._most_allowed, allowance.requests)
            if not allowance.requests and allowance.requests_reset:
                # The time until it takes all of them again, for one of them.
                self.pace.pause(min(allowance.requests_reset / self._most_allowed, MINUTE))
        counts = [] if allowance.requests is None else [allowance.requests]
        if allowance.tokens is not None and self._mean_tokens:
            counts.append(int(allowance.tokens / self._mean_tokens))
        fewest = max(min(counts, default=self._adaptive.limit), 1)
        self._allowed = fewest if fewest < self._adaptive.limit else None
        resets = (allowance.requests_reset, allowance.tokens_reset)
        self._allowed_until = self._clock.elapsed() + (max(reset or 0.0 for reset in resets) or MINUTE)

    def _changed(self, reason: str) -> None:
        """Tell of a limit that is worth telling: lower, at its height, or higher by an eighth."""
        limit = self.limit
        if limit < self._told or limit >= min(self._told * 9 / 8, self._adaptive.most):
            self._told = limit
            self._tell(LimitChanged(endpoint=self.endpoint, limit=limit, reason=reason))

    def _serve(self) -> None:
        """Let in as many as there is room for, one backend after another."""
        while self._rotation and self._under_way < self.limit:
            lane = self._rotation.popleft()
            line = self._lanes[lane]
            turn = line.popleft()
            if line:
                self._rotation.append(lane)
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)


class Limited:
    """Lets no more requests be under way than their endpoint has room for."""

    def __init__(self, inner: Asks, *, gate: Gate) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            gate: The endpoint's.
        """
        self._inner = inner
        self._gate = gate
        self._lane = gate.lane()

    async def ask(self, request: CompletionRequest) -> Reply:
        """Wait for a place, and ask.

        Raises:
            BackendError: As the backend does.
        """
        turn = TURN.get()
        if turn is not None:
            turn.is_waited_for = True
        await self._gate.enter(self._lane)
        try:
            return await self._inner.ask(request)
        finally:
            self._gate.leave()


class Paced:
    """Sends no more requests and tokens in a minute than their endpoint takes, and learns what it takes."""

    def __init__(self, inner: Asks, *, gate: Gate, backend: LiveBackend) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            gate: The endpoint's.
            backend: Who answers, for how much it can write.
        """
        self._inner = inner
        self._gate = gate
        self._backend = backend

    async def ask(self, request: CompletionRequest) -> Reply:
        """Wait until the request may be sent, and ask.

        Raises:
            BackendError: As the backend does.
        """
        gate = self._gate
        pace = gate.pace
        tokens = gate.estimate(request, self._backend.most_written(request)) if pace.counts_tokens else 0.0
        entry = await pace.turn(tokens)
        ticket = gate.sent()
        try:
            reply = await self._inner.ask(request)
        except (RateLimitedError, TimeLimitError) as error:
            gate.refused(ticket, error)
            raise
        except BaseException:
            gate.broke_off()
            raise
        usage = reply.completion.usage
        gate.answered(ticket, reply.allowance, usage)
        if entry is not None and (used := usage.input_tokens + usage.output_tokens):
            pace.correct(entry, used)
        return reply
