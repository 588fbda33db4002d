"""The command `schema`: what editors need to help with files."""

from passmuster import completion_contract, router_contract
from passmuster.cli.printing import print_json
from passmuster.composition.nightly_document import nightly_schema
from passmuster.composition.schemas import case_schema, suite_schema
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity


def schema(what: str) -> int:
    """Print a JSON Schema."""
    known = {
        "suite": suite_schema,
        "case": case_schema,
        "router_request": router_contract.request_schema,
        "router_answer": router_contract.answer_schema,
        "command_request": completion_contract.request_schema,
        "command_answer": completion_contract.answer_schema,
        "nightly": nightly_schema,
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
