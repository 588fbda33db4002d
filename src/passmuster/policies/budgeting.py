"""One budget for all that a process asks: checked before each attempt, with what is under way counted in."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from passmuster.domain.answers import CompletionRequest
from passmuster.domain.budgets import Cap, counted, dollars
from passmuster.domain.endpoints import Reply
from passmuster.domain.errors import BackendError, BudgetExhaustedError
from passmuster.domain.values import Fingerprint, Usage
from passmuster.policies.asking import TURN, Asks, Turn
from passmuster.policies.bounds import most_read
from passmuster.policies.events import Listener
from passmuster.policies.pricing import Prices
from passmuster.ports import LiveBackend

GO_ON = "what was measured is kept; go on with `passmuster run --resume --budget …`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlay:
    """Dollars and tokens of one attempt, or of many."""

    money: Decimal = Decimal()
    tokens: int = 0

    def plus(self, other: "Outlay") -> "Outlay":
        """Return both together."""
        return Outlay(money=self.money + other.money, tokens=self.tokens + other.tokens)

    def minus(self, other: "Outlay") -> "Outlay":
        """Return what is left."""
        return Outlay(money=self.money - other.money, tokens=self.tokens - other.tokens)


NOTHING = Outlay()
_UNBOUNDED = (0, 0)


class Reservation:
    """The most that one attempt may cost, set aside until it is known; ended exactly once."""

    def __init__(self, budget: "Budget", most: Outlay) -> None:
        """Note what is set aside, and of what."""
        self._budget = budget
        self.most = most

    def settle(self, used: Outlay) -> None:
        """The attempt has cost this, and what was set aside beyond it is free again."""
        self._budget.settle(self.most, used)

    def release(self) -> None:
        """The attempt has cost nothing; it counts as a request nevertheless."""
        self._budget.settle(self.most, NOTHING)

    def withdraw(self) -> None:
        """The attempt was not sent: it is no request either."""
        self._budget.requests -= 1
        self.release()

    def keep(self) -> None:
        """The attempt had no end: it may have cost all of it, which is therefore spent."""
        self._budget.settle(self.most, NOTHING, unsettled=self.most)


class Budget:
    """What may still be spent.

    Attributes:
        cap: The most that may be spent.
        spent: What attempts have cost that came to an end.
        unsettled: What attempts without an end may have cost, at the most.
        held: What is set aside for attempts under way.
        requests: How many attempts were let through.
    """

    def __init__(self, cap: Cap, *, prices: Prices) -> None:
        """Begin with nothing spent."""
        self.cap = cap
        self._prices = prices
        self.spent = NOTHING
        self.unsettled = NOTHING
        self.held = NOTHING
        self.requests = 0
        self._waiting: deque[tuple[Outlay, asyncio.Future[Reservation]]] = deque()

    def around(self, inner: Asks, *, backend: LiveBackend, identity: Fingerprint, tell: Listener) -> Asks:
        """Return the policy that keeps a backend within the budget; see :class:`Budgeted`."""
        del identity, tell
        return Budgeted(inner, backend=backend, budget=self, prices=self._prices)

    async def reserve(self, most: Outlay) -> Reservation:
        """Set aside what an attempt may cost, once it fits; in the order in which this is asked for.

        While attempts are under way that may give something back, this waits for them.

        Raises:
            BudgetExhaustedError: If it cannot fit any more.
        """
        if not self._waiting and self._fits(most):
            return self._taken(most)
        self._refuse_hopeless(most)
        waiter: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
        entry = (most, waiter)
        self._waiting.append(entry)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It was let through at the moment at which it was given up: nothing has been sent.
                waiter.result().withdraw()
            elif entry in self._waiting:
                self._waiting.remove(entry)
                self._serve()
            raise

    def settle(self, most: Outlay, used: Outlay, *, unsettled: Outlay = NOTHING) -> None:
        """Put what an attempt has cost in the place of what was set aside for it, and let others go on."""
        self.held = self.held.minus(most)
        self.spent = self.spent.plus(used)
        self.unsettled = self.unsettled.plus(unsettled)
        self._serve()

    def __str__(self) -> str:
        """Return in words what is left of it."""
        gone = self.spent.plus(self.unsettled)
        parts = []
        if self.cap.money is not None:
            parts.append(f"{dollars(max(Decimal(), self.cap.money - gone.money))} of {dollars(self.cap.money)}")
        if self.cap.tokens is not None:
            parts.append(f"{max(0, self.cap.tokens - gone.tokens):,} of {counted(self.cap.tokens, 'token')}")
        if self.cap.requests is not None:
            parts.append(f"{max(0, self.cap.requests - self.requests):,} of {counted(self.cap.requests, 'request')}")
        return " and ".join(parts)

    def _fits(self, most: Outlay) -> bool:
        return self._is_within(self.held.plus(most))

    def _is_within(self, further: Outlay) -> bool:
        """Whether something more may be spent."""
        total, cap = self.spent.plus(self.unsettled).plus(further), self.cap
        return (
            (cap.money is None or total.money <= cap.money)
            and (cap.tokens is None or total.tokens <= cap.tokens)
            and (cap.requests is None or self.requests < cap.requests)
        )

    def _taken(self, most: Outlay) -> Reservation:
        self.held = self.held.plus(most)
        self.requests += 1
        return Reservation(self, most)

    def _refuse_hopeless(self, most: Outlay) -> None:
        # Even if everything under way were to cost nothing. What is spent already never comes back.
        if not self._is_within(most):
            raise self._exhausted(most)

    def _exhausted(self, most: Outlay) -> BudgetExhaustedError:
        may = [
            *([] if self.cap.money is None else [dollars(most.money)]),
            *([] if self.cap.tokens is None else [counted(most.tokens, "token")]),
            *([] if self.cap.requests is None else ["1 request"]),
        ]
        message = f"the budget does not allow the next request: {self} is left, and it may take {' and '.join(may)}"
        return BudgetExhaustedError(message, hint=GO_ON)

    def _serve(self) -> None:
        """Let those through that wait, as far as it goes, in order."""
        while self._waiting:
            most, waiter = self._waiting[0]
            if waiter.done():
                # Given up a moment ago.
                self._waiting.popleft()
            elif self._fits(most):
                self._waiting.popleft()
                waiter.set_result(self._taken(most))
            elif not self._is_within(most):
                self._waiting.popleft()
                waiter.set_exception(self._exhausted(most))
            else:
                return


class Budgeted:
    """Lets an attempt through only if the budget suffices for the most that it may cost.

    Where a service turns out to read or write more than was thought possible, or to answer with another model, what it
    showed is added to what is set aside from then on.
    """

    def __init__(self, inner: Asks, *, backend: LiveBackend, budget: Budget, prices: Prices) -> None:
        """Take what is asked, and what may be spent.

        Args:
            inner: What sends the request and says what it cost.
            backend: The live backend that is at the bottom.
            budget: What may be spent, shared by all.
            prices: Knows prices.
        """
        self._inner = inner
        self._backend = backend
        self._budget = budget
        self._prices = prices
        self._unseen = 0
        self._overlong = 0
        self._resolved: dict[str, tuple[str, ...]] = {}

    async def ask(self, request: CompletionRequest) -> Reply:
        """Return the reply; raises what asking raises, and besides.

        Raises:
            BudgetExhaustedError: If the budget might not suffice.
        """
        size = self._size(request)
        reservation = await self._budget.reserve(await self._most(request, size))
        turn = Turn()
        TURN.set(turn)
        try:
            reply = await self._inner.ask(request)
        except BaseException as error:
            if turn.is_waited_for:
                reservation.withdraw()
            elif isinstance(error, BackendError) and not error.may_have_cost:
                reservation.release()
            else:
                reservation.keep()
            raise
        self._learn(request, reply, size)
        used = self._used(reply.completion.usage, reservation.most)
        if used is None:
            reservation.keep()
        else:
            reservation.settle(used)
        return reply

    def _size(self, request: CompletionRequest) -> tuple[int, int]:
        """Return how many tokens are read and written at the most."""
        written = self._backend.most_written(request)
        if written is None:
            if self._budget.cap.tokens is not None or (
                self._budget.cap.money is not None and not self._is_free(request)
            ):
                message = f"nothing bounds the answers of {self._backend.endpoint}, and so what they may cost"
                raise BudgetExhaustedError(message, hint="write maximum_tokens, or a budget in requests")
            return _UNBOUNDED
        return most_read(request) + self._unseen, written + self._overlong

    def _is_free(self, request: CompletionRequest) -> bool:
        return self._prices.is_free(self._backend.endpoint, self._backend.model_of(request))

    async def _most(self, request: CompletionRequest, size: tuple[int, int]) -> Outlay:
        if self._budget.cap.money is None:
            return Outlay(tokens=sum(size))
        endpoint, asked = self._backend.endpoint, self._backend.model_of(request)
        await self._prices.loaded(endpoint, asked)
        money = self._prices.most(endpoint, self._models(asked), read=size[0], written=size[1])
        if money is None:
            message = f"nobody knows what {asked!r} at {endpoint} costs, and so whether the budget suffices"
            raise BudgetExhaustedError(message, hint="write its price into the suite: prices")
        return Outlay(money=money, tokens=sum(size))

    def _models(self, asked: str) -> Sequence[str]:
        return (asked, *self._resolved.get(asked, ()))

    def _used(self, usage: Usage, most: Outlay) -> Outlay | None:
        """Return what an answer has cost; ``None`` if the service did not say."""
        tokens = usage.input_tokens + usage.output_tokens
        is_free = usage.cost is not None and not usage.cost and not most.money
        cap = self._budget.cap
        if not tokens and (cap.tokens is not None or (cap.money is not None and not is_free)):
            return None
        if usage.cost is None and cap.money is not None:
            return None
        return Outlay(money=usage.cost or Decimal(), tokens=tokens)

    def _learn(self, request: CompletionRequest, reply: Reply, size: tuple[int, int]) -> None:
        if size == _UNBOUNDED:
            return
        usage, model = reply.completion.usage, reply.completion.model
        # Others that were sent meanwhile may have shown the same already.
        self._unseen = max(self._unseen, self._unseen + usage.input_tokens - size[0])
        self._overlong = max(self._overlong, self._overlong + usage.output_tokens - size[1])
        asked = self._backend.model_of(request)
        known = self._models(asked)
        if self._budget.cap.money is not None and model and model not in known:
            counts = self._prices.counts_before(self._backend.endpoint, model, asked)
            self._resolved[asked] = (*known[1:], model) if counts else tuple(known[1:])
