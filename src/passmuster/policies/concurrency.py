"""How many requests may be under way at an endpoint: found out by trying, from what it refuses."""

from typing import Final, NamedTuple

START: Final = 32
"""Requests under way at first: modest for a service, and doubled every round trip while all goes well."""

TOLERATED: Final = 0.1
"""Refusals for each answer that may be moods of the service, such as other people's use of it."""

PATIENCE: Final = 5.0
"""Refusals that can be tolerated at once, having been saved up by answers; with many under way, more."""

LONGEST_REST: Final = 8
"""Quiet round trips at the most before the limit is tried out again where it was found."""


class Ticket(NamedTuple):
    """What a request is known by: how many were sent before it, and how many were under way when it was."""

    number: int
    beside: int


class AdaptiveLimit:
    """Additive increase, and a decrease in proportion to what was refused.

    The limit doubles every round trip at first, as in the slow start of TCP (RFC 5681). What is refused makes it
    smaller by one for each refusal: of 40 requests where 25 are taken, 15 are refused, and 25 are what is left. So the
    decrease in a round trip is the share that was refused, as in DCTCP (RFC 8257), and never more than half.

    Having found the limit, it is tried out by one more after a rest, which is doubled whenever that was refused. Where
    it is not, the service takes more than it did, and each further round trip adds twice as much as the one before.

    A service that refuses one request in twenty whatever is under way would be left with next to nothing by halving at
    each. So a refusal is tolerated where as many as were under way beside it have just been answered, as long as there
    are few such refusals; and in the slow start, where nothing is known yet.

    A round trip ends when a request is answered that was sent after it began. Refusals come back sooner than answers,
    and end only the time within which the limit is not halved twice.
    """

    def __init__(self, most: int, *, is_adaptive: bool = True) -> None:
        """Begin modestly.

        Args:
            most: What the limit can never be above.
            is_adaptive: Whether it changes at all; otherwise it is ``most`` from the start.
        """
        self._most = float(most)
        self._is_adaptive = is_adaptive
        self._limit = min(float(START), self._most) if is_adaptive else self._most
        self._is_steep = True
        self._credit = PATIENCE
        self._sent = 0
        self._under_way = 0
        self._round_began = 0
        self._floor = self._limit / 2
        self._floor_since = 0
        self._proven = self._proven_before = 0
        self._is_quiet = True
        self._quiet_rounds = 0
        self._rest = 1
        self._step = 1.0

    @property
    def limit(self) -> int:
        """How many may be under way, at least 1."""
        return int(self._limit)

    @property
    def is_adaptive(self) -> bool:
        """Whether it changes at all."""
        return self._is_adaptive

    @property
    def most(self) -> int:
        """What the limit can never be above."""
        return int(self._most)

    @property
    def under_way(self) -> int:
        """How many have been sent and have not come back."""
        return self._under_way

    def narrow(self, most: int, *, is_adaptive: bool) -> None:
        """Lower what the limit can never be above; it adapts as soon as anybody wants it to."""
        self._is_adaptive = self._is_adaptive or is_adaptive
        self._most = min(self._most, float(most))
        self._limit = min(self._limit, self._most)

    def sent(self) -> Ticket:
        """Note that a request is sent; it must come back as exactly one of the three that follow."""
        self._sent += 1
        self._under_way += 1
        return Ticket(self._sent, self._under_way)

    def broke_off(self) -> None:
        """Note that a request came back with nothing that says anything of the limit."""
        self._under_way -= 1

    def answered(self, ticket: Ticket, *, is_full: bool) -> None:
        """Note an answer; ``is_full`` if as many were under way as allowed, so that the limit was felt."""
        self._under_way -= 1
        if not self._is_adaptive:
            return
        self._credit = min(self._credit + TOLERATED, max(PATIENCE, self._limit / 4))
        self._proven = max(self._proven, ticket.beside)
        self._renew_floor(ticket)
        if ticket.number > self._round_began:
            self._begin_round()
        if not is_full:
            return
        if self._is_steep:
            self._limit = min(self._limit + 1.0, self._most)
        elif self._quiet_rounds > self._rest:
            self._limit = min(self._limit + self._step / self._limit, self._most)

    def refused(self, ticket: Ticket) -> None:
        """Note that a request was too much for the service."""
        self._under_way -= 1
        if not self._is_adaptive:
            return
        self._renew_floor(ticket)
        is_known = ticket.beside <= max(self._proven, self._proven_before)
        if self._credit >= 1.0 and (is_known or self._is_steep):
            self._credit -= 1.0
            return
        if self._is_quiet and not is_known and not self._is_steep:
            self._rest = min(self._rest * 2, LONGEST_REST)
        self._is_quiet = self._is_steep = False
        self._quiet_rounds = 0
        self._step = 1.0
        self._limit = max(self._limit - 1.0, self._floor, 1.0)

    def _renew_floor(self, ticket: Ticket) -> None:
        if ticket.number > self._floor_since:
            self._floor_since = self._sent
            self._floor = self._limit / 2

    def _begin_round(self) -> None:
        """Begin a round trip: it ends with the first answer to what is sent from now on."""
        if self._is_quiet:
            self._quiet_rounds += 1
            if self._quiet_rounds > self._rest + 2:
                # What was tried out has been taken for a whole round trip: there is room.
                self._step = min(self._step * 2.0, self._limit)
                self._rest = 1
        self._is_quiet = True
        self._round_began = self._sent
        self._proven_before, self._proven = self._proven, 0
