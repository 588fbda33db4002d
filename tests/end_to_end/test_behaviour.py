"""What a product does and leaves behind, judged through the real command line; a script stands in for it."""

import json

from .conftest import SUITE, Repository

PRODUCT = """\
#!/bin/sh
cat > /dev/null
mkdir -p app && echo 'x = 1' > app/x.py
ln -s /etc/hostname app/link.py
cat <<END
{"type":"system","subtype":"init","agents":["database-engineer","documentation-writer"],"claude_code_version":"2.1.9"}
{"type":"assistant","message":{"id":"1","content":[{"type":"tool_use","id":"t","name":"Agent",
"input":{"subagent_type":"database-engineer"}},{"type":"tool_use","id":"e","name":"Edit",
"input":{"file_path":"$PWD/app/x.py"}},{"type":"tool_use","id":"b","name":"Bash","input":{"command":"pytest -q"}}]}}
{"type":"result","subtype":"success","result":"Done.","num_turns":2,"total_cost_usd":0.02,
"modelUsage":{"m":{"inputTokens":20,"outputTokens":5}}}
END
"""
"""Writes a file and a link into its workspace; made up."""

CRITERIA = [
    {"use": "tools_used", "wanted": [{"tool": "Edit", "arguments": {"file_path": "app/x.py"}}], "forbidden": ["Write"]},
    {"use": "tool_order", "tools": ["Agent", "Edit", "Bash"], "adjacent": True},
    {"use": "turns", "maximum": 2},
    {"use": "commands_run", "wanted": ["^pytest"], "forbidden": ["rm -rf"]},
    {"use": "files_delivered", "wanted": ["app/*.py"], "allow_refused": True},
    {"use": "files_touched", "only": ["app/**"], "may_delete": False},
    {"use": "cost", "maximum": "0.02"},
    {"use": "latency", "maximum": 600},
    {"use": "tokens", "maximum": 25},
    {"use": "similarity", "reference": "x = 1", "file": "app/x.py", "minimum": 1},
]


def test_what_a_product_does_is_judged(repository: Repository) -> None:
    """Every criterion sees it; a link that was left behind is refused, and nothing of it read."""
    product = repository.suite.parent / "product.sh"
    # One event is one line.
    product.write_text(PRODUCT.replace(',\n"', ',"'), encoding="utf-8")
    product.chmod(0o755)
    suite = SUITE.replace("{use: routed, router: {use: lexical}}", "{use: claude_code, program: ./product.sh}")
    repository.suite.write_text(suite, encoding="utf-8")
    strict = {"use": "files_delivered", "name": "strict"}
    case = {"identifier": "one", "request": "Which index is missing?", "expect": {"agent": "database-engineer"}}
    lines = [
        json.dumps({**case, "rubric": {"criteria": CRITERIA}}),
        json.dumps({**case, "identifier": "two", "request": "And now?", "rubric": {"criteria": [strict]}}),
    ]
    repository.cases.write_text("\n".join(lines) + "\n", encoding="utf-8")

    ran = json.loads(repository.passmuster("run", "--no-report", "--json").output)
    shown = repository.passmuster("run", "--trace", "two").screen

    rates = [
        metric for metric in ran["metrics"] if metric["metric"] == "rubric_pass_rate" and metric["subset"] == "all"
    ]
    assert [rate["value"] for rate in rates] == [0.5]
    assert "refused: app/link.py (it is a link)" in shown
    assert "app/x.py, written" in shown
