"""The command `schema`: what editors need to help with files."""

from passmuster.cli.printing import print_json
from passmuster.composition.schemas import case_schema, suite_schema
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.router_contract import answer_schema, request_schema


def schema(what: str) -> int:
    """Print a JSON Schema."""
    known = {
        "suite": suite_schema,
        "case": case_schema,
        "router_request": request_schema,
        "router_answer": answer_schema,
    }
    if what not in known:
        finding = Finding(
            rule="unknown-schema",
            severity=Severity.ERROR,
            message=f"there is no schema {what!r}",
            hint=f"write {', '.join(known)}",
        )
        raise InvalidConfigurationError([finding])
    print_json(known[what]())
    return 0
