"""No N+1: reading ten rows takes about as many statements as reading one."""

from pydantic import Field

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    ApplicationCriterion,
    Judgement,
    Violations,
    refuse_unless_let_in,
)
from passmuster.adapters.criteria.application_probe.observations import (
    SUCCESS,
    Exchange,
    Seen,
    by_operation,
    number,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionError
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion

_FEW, _MANY = 1, 10


class NoNPlusOneOptions(ProbeOptions):
    """Options of ``no_n_plus_one``."""

    growth: int = Field(default=4, ge=0, description="So many statements more may be made with ten rows than with one.")
    call: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:[\w.]+$",
        description="A function or method that reads the database, `module:function`, for answers without addresses; "
        "it is given a session.",
    )
    reads: tuple[str, ...] = Field(
        default=(), description="With `call`: what its callers read of each row, such as `lines.product`."
    )


async def no_n_plus_one(seen: Seen, options: NoNPlusOneOptions) -> Judgement:
    """Compare the statements that each reading operation made with one row and with ten.

    Raises:
        CriterionError: If no operation read rows of ours.
    """
    reads = by_operation(item for item in seen.of_kinds("read"))
    refuse_unless_let_in([item for items in reads.values() for item in items])
    violations = Violations()
    asked: dict[str, tuple[int, int]] = {}
    grown = 0
    for operation, exchanges in reads.items():
        few, many = _least(exchanges, _FEW), _least(exchanges, _MANY)
        failed = next((item for item in exchanges if item.status not in SUCCESS and item.error), None)
        if failed is not None:
            message = f"{operation} {failed.told()} where it reads rows"
            violations.note(seen, operation, message, failed.error)
        elif few is not None and many is not None and many.queries:
            asked[operation] = (few.queries, many.queries)
            grown += len(many.body) > len(few.body)
            if many.queries - few.queries > options.growth:
                violations.append((operation, _told(seen, few, many)))
    if not violations:
        _refuse_unless_seen(seen, asked, grown)
    good = f"{counted(len(asked), 'reading operation')} made no more statements with ten rows than with one"
    if any(many > few for few, many in asked.values()):
        good = f"{counted(len(asked), 'reading operation')} made at most {options.growth} statements more with ten rows"
    counts = {operation: list(pair) for operation, pair in list(asked.items())[:20]}
    return Judgement(asked=list(reads), violations=violations, good=good, counts={"statements": counts})


def _least(exchanges: list[Exchange], rows: int) -> Exchange | None:
    # What is asked for the first time may set something up on the way.
    fitting = [item for item in exchanges if item.rows == rows and item.status in SUCCESS]
    return min(fitting, key=lambda item: item.queries, default=None)


def _told(seen: Seen, few: Exchange, many: Exchange) -> JsonObject:
    message = f"{many.operation} makes {counted(few.queries, 'statement')} for one row and {many.queries} for ten"
    most = many.statements[0] if many.statements else {}
    times = number(most.get("times"))
    if times > 1:
        message += f", {times} times {str(most.get('statement'))[:120]!r}"
    return seen.place(many.operation, message, most)


def _refuse_unless_seen(seen: Seen, asked: dict[str, tuple[int, int]], grown: int) -> None:
    hint = "name a function of the answer that puts rows there, in the option 'seed', or what reads them, in 'call'"
    if seen.seeding:
        message = f"no rows could be put into the answer's tables: {seen.seeding}"
        raise CriterionError(message[:500], hint=hint)
    if not asked:
        message = "no reading operation made a statement that could be counted"
        raise CriterionError(message, hint=hint)
    lists = [operation for operation in asked if "{" not in operation]
    if lists and not grown and seen.framework != "none":
        message = f"{lists[0]} returned no more with ten rows than with one, so that nothing was tried"
        raise CriterionError(message, hint=hint)


def _build(options: NoNPlusOneOptions, context: BuildContext) -> Criterion:
    more = {"call": options.call, "reads": list(options.reads)} if options.call else {}
    return ApplicationCriterion(options, context, no_n_plus_one, more)


NO_N_PLUS_ONE = Component(
    options=NoNPlusOneOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``no_n_plus_one``: the number of statements does not grow with the number of rows."""
