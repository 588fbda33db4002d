"""Results of promptfoo as a run: a test is a case, a prompt with its provider a subject, an assertion a criterion."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.assembling import NOBODY, Answered, Gathering, Making, Origin, digest_of, failed
from passmuster.adapters.run_files.complaints import Complaints, complaint
from passmuster.adapters.run_files.own_notes import dollars, has_notes, merged, read_head, read_trial
from passmuster.adapters.run_files.promptfoo_file import head_of, results_of
from passmuster.adapters.run_files.promptfoo_scores import asserted, said_of, text_of
from passmuster.adapters.run_files.promptfoo_shape import Head, PromptHead, Result
from passmuster.adapters.run_files.shaping import one_line, shaped
from passmuster.documents import Document
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, Failure
from passmuster.domain.cases import Case, Request
from passmuster.domain.results import Run, RunManifest, SubjectRecord, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName, Usage, fingerprint_of
from passmuster.exchanging import ForeignRun

_PACKAGE: Final = "promptfoo"
_BROKEN: Final = 2
"""The reason for a failure that promptfoo gives where there is no answer; 1 is an assertion that does not hold."""

CACHED: Final = "notes that an answer came from the tool's cache"

_SHOWN: Final = 60


@dataclass(slots=True)
class _Tests:
    """The tests that were met: what they are called, and which of the file's rows are repetitions of one."""

    names: dict[str, str] = field(default_factory=dict)
    rows: dict[str, set[int]] = field(default_factory=dict)

    def add(self, print_: str, name: str, row: int) -> None:
        self.names[print_] = name
        self.rows.setdefault(print_, set()).add(row)

    def identifiers(self) -> Mapping[str, CaseIdentifier]:
        """Return what each test is called; of those that look alike, with what tells them apart."""
        shared = Counter(self.names.values())
        return {
            print_: CaseIdentifier(name if shared[name] == 1 else f"{name} {print_[:8]}")
            for print_, name in self.names.items()
        }

    def repetitions(self) -> Mapping[tuple[str, int], int]:
        """Return for each row of a test which repetition it is."""
        return {(print_, row): number for print_, rows in self.rows.items() for number, row in enumerate(sorted(rows))}


class PromptfooReader:
    """Reads one file; the second walk relies on what the first one found."""

    def __init__(self, location: Path, *, subject: str) -> None:
        """Begin.

        Args:
            location: The file.
            subject: Who answered, for a file of one column; empty takes the provider's name.
        """
        self._location, self._wanted = location, subject
        self._complaints = Complaints()
        self._tests = _Tests()
        self._left_out: Counter[str] = Counter()

    def read(self) -> ForeignRun:
        """Check the whole file, and return what is in it.

        Raises:
            InvalidInputError: With every complaint.
        """
        digest, document = digest_of(self._location), head_of(self._location)
        head = shaped(Head, document, self._complaints)
        own = self._own_head(document) if head is not None else None
        self._complaints.raise_any()
        assert head is not None  # noqa: S101 - without it there was a complaint
        records = self._records(head, own[0] if own else None, document)
        gathering = Gathering(self._complaints, self._left_out)
        for result, answered in self._walk(head, records):
            gathering.add(answered, result.location())
        if not gathering.count and not self._complaints.findings:
            message = "this file has no results"
            self._complaints.add(complaint(message, document.location(), hint="write it again after an evaluation"))
        self._complaints.raise_any()
        origin = Origin(
            tool=_PACKAGE,
            package=_PACKAGE,
            version=head.metadata.promptfooVersion,
            name=head.config.description or "evaluation",
            identifier=head.evalId or "",
            path=self._location,
            digest=digest,
            started_at=head.results.timestamp,
        )
        identifiers = self._tests.identifiers()
        cases = tuple(_named(case, identifiers) for case in gathering.cases())
        if own is None:
            records = [replace(record, caveats=(*record.caveats, origin.caveat)) for record in records]
        manifest = origin.manifest(records, cases, gathering.count, own=own[0] if own else None)
        run = Run(manifest=manifest, roster=own[1] if own else NOBODY, cases=cases, trials=())
        return ForeignRun(
            run=run,
            trials=lambda: self._trials(run, head, records),
            count=gathering.count,
            tool="passmuster" if own else _PACKAGE,
            version=str(manifest.versions.get("passmuster", "")) if own else origin.version,
            digest=digest,
            left_out=dict(gathering.left_out),
        )

    def _own_head(self, document: Document) -> tuple[RunManifest, Roster] | None:
        if not has_notes(document, "config", "metadata"):
            return None
        return read_head(document, self._complaints, "config", "metadata")

    def _records(self, head: Head, own: RunManifest | None, document: Document) -> Sequence[SubjectRecord]:
        prompts = head.results.prompts
        if self._wanted and len(prompts) != 1:
            message = f"the file is of {len(prompts)} subjects, and one name was given for them"
            hint = "leave --subject out, or write a file of one prompt and one provider"
            where = document.location(("results", "prompts"))
            self._complaints.add(complaint(message, where, rule="several-subjects", hint=hint))
        if own is not None and len(own.subjects) == len(prompts):
            return [replace(known, name=SubjectName(self._wanted or known.name)) for known in own.subjects]
        return [_record(prompt, name) for prompt, name in zip(prompts, _names(prompts, self._wanted), strict=True)]

    def _trials(self, run: Run, head: Head, records: Sequence[SubjectRecord]) -> Iterator[Trial]:
        making = Making(run)
        identifiers, repetitions = self._tests.identifiers(), self._tests.repetitions()
        for _, answered in self._walk(head, records):
            if answered.own is not None:
                yield making.trial(answered)
                continue
            row = (answered.case, answered.repetition)
            case = identifiers[answered.case]
            yield making.trial(replace(answered, case=case, repetition=repetitions[row]))
        self._complaints.raise_any()

    def _walk(self, head: Head, records: Sequence[SubjectRecord]) -> Iterator[tuple[Document, Answered]]:
        """Yield answers; until all are known, a case is called by its fingerprint, and a repetition by its row."""
        for document in results_of(self._location):
            result = shaped(Result, document, self._complaints)
            if result is None:
                continue
            if result.promptIdx >= len(records):
                message = f"'promptIdx' is {result.promptIdx}, and the file has {len(records)} prompts"
                self._complaints.add(complaint(message, document.location(("promptIdx",))))
                continue
            answered = self._answered(result, document, head, records[result.promptIdx])
            if answered is not None:
                yield document, answered

    def _answered(self, result: Result, document: Document, head: Head, record: SubjectRecord) -> Answered | None:
        if has_notes(document, "metadata"):
            return self._own(result, document, record)
        if result.response and result.response.cached:
            # On which day such an answer was made nobody knows.
            self._left_out[CACHED] += 1
        told = asserted(result)
        name, request = _asked(result)
        print_ = fingerprint_of(repr([name, request.text, result.testCase.asserted, result.testCase.threshold]))
        self._tests.add(print_, name, result.testIdx)
        seconds = (result.latencyMs or 0.0) / 1000
        return Answered(
            case=CaseIdentifier(print_),
            request=request,
            subject=record.name,
            repetition=result.testIdx,
            completion=_completion(result, seconds),
            references=told.references,
            outcomes=told.outcomes,
            outside=told.outside,
            started_at=head.results.timestamp,
            duration=seconds,
            passing_score=told.passing_score,
        )

    def _own(self, result: Result, document: Document, record: SubjectRecord) -> Answered | None:
        own = read_trial(document, self._complaints, "metadata")
        if own is None:
            return None
        case, trial = own
        key = replace(trial.key, case=case.identifier, subject=record.name)
        text = text_of(result.response.output) if result.response else ""
        whole = merged(replace(trial, key=key), text, said_of(result), passing=1.0)
        return Answered(
            case=case.identifier,
            request=case.request,
            subject=record.name,
            repetition=trial.key.repetition,
            completion=failed(""),
            references=(),
            outcomes=(),
            started_at=trial.started_at,
            duration=trial.duration,
            own=(case, whole),
        )


def _named(case: Case, identifiers: Mapping[str, CaseIdentifier]) -> Case:
    return replace(case, identifier=identifiers.get(case.identifier, case.identifier))


def _names(prompts: Sequence[PromptHead], wanted: str) -> Sequence[str]:
    """Return a name for each column: the provider's, with the prompt's where it was asked by several."""
    if wanted:
        return [wanted for _ in prompts]
    providers = Counter(prompt.provider for prompt in prompts)
    told: Counter[str] = Counter()
    names = []
    for prompt in prompts:
        label = _cut(one_line(prompt.label or prompt.raw))
        name = one_line(prompt.provider) or "provider"
        name = name if providers[prompt.provider] == 1 else f"{name}, {label}"
        told[name] += 1
        names.append(name if told[name] == 1 else f"{name} {told[name]}")
    return names


def _record(prompt: PromptHead, name: str) -> SubjectRecord:
    print_ = fingerprint_of(["promptfoo", prompt.provider, prompt.raw])
    return SubjectRecord(
        name=SubjectName(name),
        description=f"the provider {one_line(prompt.provider)}, asked by promptfoo with {_cut(one_line(prompt.raw))!r}",
        is_deterministic=False,
        fingerprint=print_,
        writing=print_,
        models=(one_line(prompt.provider),),
    )


def _asked(result: Result) -> tuple[str, Request]:
    """Return a test's name, and its request: what varies from test to test, since the prompt is the subject's."""
    known = {name: text_of(value) for name, value in sorted(result.vars.items())}
    lines = "\n".join(f"{name}: {value}" for name, value in known.items())
    text = next(iter(known.values())) if len(known) == 1 else lines
    described = one_line(result.testCase.description or "")
    return described or _cut(one_line(lines or result.prompt.raw)) or "(no name)", Request(
        text=text or result.prompt.raw
    )


def _completion(result: Result, seconds: float) -> Completion | Failure:
    response = result.response
    if response is None or result.failureReason == _BROKEN or (response.error and response.output is None):
        return failed((response.error if response else None) or result.error or "")
    used, cost = response.tokenUsage, response.cost
    details = used.completionDetails if used else None
    return Completion(
        text=text_of(response.output),
        finish_reason=response.finishReason or "stop",
        model=result.provider.id,
        usage=Usage(
            input_tokens=(used.prompt if used else 0) or 0,
            output_tokens=(used.completion if used else 0) or 0,
            cost=None if cost is None else dollars(cost),
            cached_tokens=(details.cacheReadInputTokens if details else 0) or 0,
            cache_written_tokens=(details.cacheCreationInputTokens if details else 0) or 0,
            reasoning_tokens=(details.reasoning if details else 0) or 0,
        ),
        latency=seconds,
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
