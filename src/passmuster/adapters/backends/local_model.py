"""The one model that is in memory, and the one thread in which it writes; imports ``torch`` when it is first asked."""

import importlib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from passmuster.adapters.backends.request_parts import functions_of
from passmuster.domain.answers import Completion, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.values import Usage
from passmuster.services.reading import arguments_of, parsed_json

SHOWN: Final = 300
UNFINISHED: Final = "\ufffd"
"""What a decoder writes for a character of which bytes are missing."""

_CALL: Final = re.compile(r"<tool_call>\s*+(\{.*?\})\s*+</tool_call>", re.DOTALL)
"""How most templates have a model write a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which model, and how it is to be loaded.

    Attributes:
        name: A folder, or the name of a model.
        revision: Of a model that is named.
        may_download: Whether it may be fetched.
        device: Where it runs; ``auto`` takes the quickest there is.
        precision: The numbers that it reckons with.
    """

    name: str
    revision: str | None
    may_download: bool
    device: str
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a model is to write.

    Attributes:
        messages: The conversation.
        tools: What it may call.
        sampling: How it is to draw.
        seed: Where chance begins.
        most: The tokens that it may write.
        wants_probabilities: Whether those of its tokens are wanted.
        template: Further variables of the chat template.
        model: What the completion calls the model.
        is_over: Set when nobody wants the answer any more.
    """

    messages: Sequence[Mapping[str, str]]
    tools: tuple[ToolDefinition, ...]
    sampling: Sampling
    seed: int
    most: int
    wants_probabilities: bool
    template: Mapping[str, object]
    model: str
    is_over: threading.Event


class Memory:
    """Holds one model; another one takes its place."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._model: _LocalModel | None = None
        self._thread: ThreadPoolExecutor | None = None

    def submit(self, place: Place, wish: Wish) -> "Future[Completion]":
        """Have a model write, after everything that was submitted before."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passmuster-model")
        return self._thread.submit(self._write, place, wish)

    def _write(self, place: Place, wish: Wish) -> Completion:
        try:
            return self._loaded(place).write(wish)
        except BackendRefusedError:
            raise
        except Exception as error:  # foreign code, which may raise whatever it likes; it costs one trial
            message = f"{place.name}: {type(error).__name__}: {' '.join(str(error).split())[:SHOWN]}"
            raise BackendRefusedError(message) from error

    def _loaded(self, place: Place) -> "_LocalModel":
        if self._model is None or place != self._place:
            # The old one goes first: there may not be room for two.
            self._model = None
            self._model, self._place = _load(place), place
        return self._model


MEMORY: Final = Memory()


def _load(place: Place) -> "_LocalModel":
    torch: Any = importlib.import_module("torch")
    library: Any = importlib.import_module("transformers")
    # The screen belongs to whoever runs the suite.
    library.logging.disable_progress_bar()
    where = {"revision": place.revision, "local_files_only": not place.may_download, "trust_remote_code": False}
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(place.name, **where)
        precision = "auto" if place.precision == "auto" else getattr(torch, place.precision)
        model = library.AutoModelForCausalLM.from_pretrained(place.name, dtype=precision, **where)
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:SHOWN]
        message = f"the model {place.name!r} cannot be loaded: {said}"
        raise BackendRefusedError(message, hint="correct the option model, or allow download: true") from error
    if not getattr(tokenizer, "chat_template", None):
        message = f"the model {place.name!r} has no chat template"
        raise BackendRefusedError(message, hint="take a model that was trained for conversations")
    device = _quickest(torch) if place.device == "auto" else place.device
    return _LocalModel(torch=torch, library=library, tokenizer=tokenizer, model=model.to(device).eval())


def _quickest(torch: Any) -> str:  # noqa: ANN401 - a foreign package without types
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@dataclass(slots=True, kw_only=True)
class _LocalModel:
    """A model with its tokenizer; the packages have no types."""

    torch: Any
    library: Any
    tokenizer: Any
    model: Any

    def write(self, wish: Wish) -> Completion:
        """Write, and tell of it."""
        began = time.perf_counter()
        given = self._told(wish)
        read = int(given["input_ids"].shape[1])
        watch = _Watch(wish=wish, torch=self.torch)
        self.torch.manual_seed(wish.seed)
        with self.torch.inference_mode():
            written = self.model.generate(**given, **self._settings(wish, read, watch))
        tokens = written[0, read:].tolist()
        watch.take(tokens)
        text, stopped = _cut(self._text(tokens), wish.sampling.stop)
        has_ended = stopped or bool(tokens and tokens[-1] in self._last())
        calls, rest = _calls(text) if wish.tools else ((), text)
        return Completion(
            text=rest,
            finish_reason="length" if not has_ended else "tool_calls" if calls else "stop",
            model=wish.model,
            tokens=tuple(self._probable(tokens, watch.probabilities, text)) if wish.wants_probabilities else (),
            tool_calls=calls,
            usage=Usage(input_tokens=read, output_tokens=len(tokens), cost=Decimal()),
            latency=time.perf_counter() - began,
            first_token=None if watch.first is None else watch.first - began,
        )

    def _told(self, wish: Wish) -> Any:  # noqa: ANN401 - a foreign package without types
        given = self.tokenizer.apply_chat_template(
            [dict(message) for message in wish.messages],
            tools=functions_of(wish.tools) or None,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **wish.template,
        )
        return given.to(self.model.device)

    def _settings(self, wish: Wish, read: int, watch: "_Watch") -> dict[str, object]:
        room = getattr(self.model.config, "max_position_embeddings", None)
        if room is not None and read >= room:
            message = f"the conversation has {read} tokens, and the model can see {room}"
            raise BackendRefusedError(message, hint="take a model that sees more, or a shorter request")
        settings: dict[str, object] = {
            "max_new_tokens": wish.most if room is None else min(wish.most, room - read),
            "pad_token_id": self.tokenizer.pad_token_id
            if self.tokenizer.pad_token_id is not None
            else min(self._last()),
            "stopping_criteria": self.library.StoppingCriteriaList([watch.after]),
        }
        if wish.wants_probabilities:
            settings["logits_processor"] = self.library.LogitsProcessorList([watch.before])
        if wish.sampling.stop:
            settings |= {"stop_strings": list(wish.sampling.stop), "tokenizer": self.tokenizer}
        return settings | _drawing(wish.sampling)

    def _last(self) -> frozenset[int]:
        """Return the tokens that end an answer."""
        told = self.model.generation_config.eos_token_id
        ends = [self.tokenizer.eos_token_id] if told is None else told if isinstance(told, list) else [told]
        return frozenset(end for end in ends if end is not None) or frozenset({0})

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def _probable(self, tokens: Sequence[int], logarithms: Sequence[float], text: str) -> Iterator[TokenProbability]:
        """Yield the pieces of the text that each token brought; one of half a character brings nothing yet."""
        shown = ""
        for place, logarithm in enumerate(logarithms, start=1):
            so_far = self._text(tokens[:place])
            if so_far.endswith(UNFINISHED) and place < len(tokens):
                so_far = shown
            piece, shown = text[len(shown) : len(so_far)], so_far
            if place == len(logarithms):
                piece += text[len(so_far) :]
            yield TokenProbability(token=piece, log_probability=logarithm)
            if len(shown) >= len(text):
                return


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Looks on while a model writes: ends it, times it, and notes how probable each token was.

    Only the probabilities of one token are kept at a time: those of all would take gigabytes.
    """

    wish: Wish
    torch: Any
    first: float | None = None
    probabilities: list[float] = field(default_factory=list)
    _known: Any = None
    _read: int = 0

    def before(self, tokens: Any, scores: Any) -> Any:  # noqa: ANN401 - a foreign package without types
        """Note the probabilities from which the next token is drawn; those of the model, before any is left out."""
        if self._known is not None:
            self.probabilities.append(float(self._known[int(tokens[0, -1])]))
        self._known = self.torch.log_softmax(scores[0].float(), dim=-1)
        return scores

    def after(self, tokens: Any, scores: Any, **_further: object) -> Any:  # noqa: ANN401 - as above
        """Return whether to stop, which is asked after each token."""
        del scores
        if self.first is None:
            self.first = time.perf_counter()
        return self.torch.full((tokens.shape[0],), self.wish.is_over.is_set(), device=tokens.device)

    def take(self, tokens: Sequence[int]) -> None:
        """Note the last token, after which nothing was drawn."""
        if self._known is not None and tokens:
            self.probabilities.append(float(self._known[tokens[-1]]))


def _drawing(sampling: Sampling) -> dict[str, object]:
    """Return how tokens are drawn; what nobody says is left to the model's own settings."""
    if sampling.temperature == 0:
        return {"do_sample": False}
    told = {
        name: value
        for name, value in (("temperature", sampling.temperature), ("top_p", sampling.top_p))
        if value is not None
    }
    return {"do_sample": True, **told} if told else {}


def _cut(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Return a text up to the first of the texts that end it, and whether one was there."""
    places = [place for one in stop if one and (place := text.find(one)) >= 0]
    return (text[: min(places)], True) if places else (text, False)


def _calls(text: str) -> tuple[tuple[ToolCall, ...], str]:
    """Return the calls in a text, and the text without them."""
    calls = []
    for found in _CALL.finditer(text):
        try:
            call = parsed_json(found[1])
        except ValueError:
            continue
        if isinstance(call, dict) and isinstance(call.get("name"), str):
            calls.append(ToolCall(identifier="", name=call["name"], arguments=arguments_of(call.get("arguments"))))
    return tuple(calls), _CALL.sub("", text).strip() if calls else text
