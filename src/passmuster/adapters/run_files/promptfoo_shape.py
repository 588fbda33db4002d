"""What is read of promptfoo's JSON results, as version 3 of them has it."""

from pydantic import Field

from passmuster.adapters.run_files.shaping import Amount, Count, Moment, Shape


class PromptHead(Shape):
    """A column of the results: one prompt, sent to one provider."""

    raw: str = ""
    label: str = ""
    provider: str = ""


class FileMetadata(Shape):
    """Who wrote the file, and when."""

    promptfooVersion: str = ""  # noqa: N815 - the tool's name for it


class Configuration(Shape):
    """What was to be evaluated."""

    description: str = ""


class Provider(Shape):
    """Who answered."""

    id: str = ""
    label: str | None = None


class Prompt(Shape):
    """What was sent."""

    raw: str = ""


class Details(Shape):
    """Of tokens, those that were thought or came from a provider's cache."""

    reasoning: Count | None = None
    cacheReadInputTokens: Count | None = None  # noqa: N815 - the tool's name for it
    cacheCreationInputTokens: Count | None = None  # noqa: N815 - likewise


class TokenUsage(Shape):
    """What an answer consumed."""

    prompt: Count | None = None
    completion: Count | None = None
    completionDetails: Details | None = None  # noqa: N815 - the tool's name for it


class Response(Shape):
    """What came back."""

    output: object = None
    error: str | None = None
    tokenUsage: TokenUsage | None = None  # noqa: N815 - the tool's name for it
    cost: Amount | None = None
    cached: bool | None = None
    finishReason: str | None = None  # noqa: N815 - likewise


class Assertion(Shape):
    """What was asserted of an answer."""

    type: str
    value: object = None
    threshold: object = None
    metric: str | None = None
    weight: Amount | None = None


class Component(Shape):
    """What one assertion said."""

    passed: bool = Field(alias="pass")
    score: object
    reason: str | None = None
    assertion: Assertion | None = None


class Grading(Shape):
    """What all assertions said."""

    passed: bool = Field(alias="pass")
    score: object
    reason: str | None = None
    componentResults: list[Component] | None = None  # noqa: N815 - the tool's name for it


class Test(Shape):
    """A test as it was written."""

    description: str | None = None
    threshold: float | None = Field(default=None, allow_inf_nan=False)
    asserted: list[object] | None = Field(default=None, alias="assert")


class Result(Shape):
    """One answer of one provider to one prompt."""

    promptIdx: Count = 0  # noqa: N815 - the tool's name for it
    testIdx: Count = 0  # noqa: N815 - likewise
    provider: Provider = Provider()
    prompt: Prompt = Prompt()
    vars: dict[str, object] = Field(default_factory=dict)
    response: Response | None = None
    gradingResult: Grading | None = None  # noqa: N815 - likewise
    error: str | None = None
    failureReason: int | None = None  # noqa: N815 - likewise
    latencyMs: Amount | None = None  # noqa: N815 - likewise
    testCase: Test = Test()  # noqa: N815 - likewise


class ResultsHead(Shape):
    """The results without the single ones."""

    timestamp: Moment
    prompts: list[PromptHead]


class Head(Shape):
    """A file without its results."""

    evalId: str | None = None  # noqa: N815 - the tool's name for it
    results: ResultsHead
    config: Configuration = Configuration()
    metadata: FileMetadata = FileMetadata()
