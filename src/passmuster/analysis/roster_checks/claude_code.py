"""What Claude Code knows: fields, values, tools and agents of its own.

Sources: its documentation and changelog up to version 2.1.259. Unknown fields are ignored by the host, and so are
unknown tools; nothing here refuses anything.
"""

import re

HOST = "claude_code"

FIELDS = frozenset(
    {
        "name",
        "description",
        "tools",
        "disallowedTools",
        "model",
        "permissionMode",
        "maxTurns",
        "skills",
        "mcpServers",
        "hooks",
        "memory",
        "background",
        "effort",
        "isolation",
        "color",
        "initialPrompt",
    }
)

MEANT_AS = {
    "allowed-tools": "tools",
    "allowed_tools": "tools",
    "allowedTools": "tools",
    "tool": "tools",
    "disallowed-tools": "disallowedTools",
    "disallowed_tools": "disallowedTools",
    "model-id": "model",
    "model_id": "model",
    "models": "model",
    "colour": "color",
    "permission-mode": "permissionMode",
    "permission_mode": "permissionMode",
    "max-turns": "maxTurns",
    "max_turns": "maxTurns",
    "mcp-servers": "mcpServers",
    "mcp_servers": "mcpServers",
    "skill": "skills",
    "hook": "hooks",
    "initial-prompt": "initialPrompt",
}
"""Fields of other formats, or of earlier habits, by what they are meant as here."""

VALUES = {
    "permissionMode": ("default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan", "manual"),
    "memory": ("user", "project", "local"),
    "effort": ("low", "medium", "high", "xhigh", "max"),
    "isolation": ("worktree",),
}
COLORS = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan")
MODELS = ("sonnet", "opus", "haiku", "fable", "inherit")
MODEL_IDENTIFIER = re.compile(r"(?:[a-z0-9-]+\.)*(?:anthropic[./])?claude-[a-z0-9.@:-]+|arn:\S+", re.IGNORECASE)
"""A full identifier, also as cloud vendors write them."""

WIDE_CONTEXT = re.compile(r"\[1m\]\Z", re.IGNORECASE)

BUILT_IN_AGENTS = frozenset(
    {
        "general-purpose",
        "explore",
        "plan",
        "claude",
        "statusline-setup",
        "output-style-setup",
        "claude-code-guide",
        "bash",
    }
)
"""Agents that the host brings itself, in small letters."""

SHELL = frozenset({"Bash", "PowerShell"})
FILE_WRITING = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit"})
FILE_READING = frozenset({"Read", "NotebookRead", "Grep", "Glob", "LS"})
WEB = frozenset({"WebSearch", "WebFetch"})
DELEGATING = frozenset({"Agent", "Task"})

TOOLS = frozenset(
    {
        *SHELL,
        *FILE_WRITING,
        *FILE_READING,
        *WEB,
        *DELEGATING,
        "AskUserQuestion",
        "BashOutput",
        "CronCreate",
        "CronDelete",
        "CronList",
        "EnterPlanMode",
        "EnterWorktree",
        "ExitPlanMode",
        "ExitWorktree",
        "KillBash",
        "KillShell",
        "ListMcpResourcesTool",
        "LSP",
        "Monitor",
        "PushNotification",
        "ReadMcpResourceTool",
        "RemoteTrigger",
        "SendMessage",
        "Skill",
        "SlashCommand",
        "StructuredOutput",
        "TaskCreate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "TaskUpdate",
        "TeamCreate",
        "TeamDelete",
        "TodoRead",
        "TodoWrite",
        "ToolSearch",
        "Workflow",
    }
)
"""Of this version and of earlier ones; servers of the Model Context Protocol bring more, named ``mcp__…``."""
