"""A model on this machine: tiny, random, made on the spot."""

import asyncio
import importlib.util
import math
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.backends.transformers import COMPONENT, TransformersOptions
from passmuster.components import BuildContext
from passmuster.domain.answers import CompletionRequest, Sampling, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendRefusedError, MissingExtraError
from passmuster.domain.values import UNKNOWN
from passmuster.ports import ForeseeingBackend, LiveBackend

IS_INSTALLED = all(importlib.util.find_spec(package) for package in ("torch", "transformers"))
needs_transformers = pytest.mark.skipif(not IS_INSTALLED, reason="transformers and torch are not installed")
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if tools %}<|tools|>{{ tools[0]['function']['name'] }}<|end|>{% endif %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
END = "<|end|>"
WORDS = ["The test fails since the index is off by one.", "Überprüfe das Schema — 検索が遅い 🐢", "0123456789"] * 20


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a model of two layers, with a tokenizer trained on three sentences."""
    pytest.importorskip("torch")
    # Not ours: what packages warn of while they are imported.
    with warnings.catch_warnings(action="ignore"):
        tokenizers = pytest.importorskip("tokenizers")
        transformers = pytest.importorskip("transformers")
        place = tmp_path_factory.mktemp("suite") / "tiny"
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"],
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(WORDS, trainer)
        fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END)
        fast.chat_template = TEMPLATE
        fast.save_pretrained(place)
        transformers.set_seed(1)
        model: Any = transformers.LlamaForCausalLM(
            transformers.LlamaConfig(
                vocab_size=len(fast),
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=256,
                eos_token_id=fast.eos_token_id,
                bos_token_id=None,
            )
        )
        model.save_pretrained(place)
    return place


def backend_of(folder: Path, **options: object) -> LiveBackend:
    said = TransformersOptions.model_validate({"model": folder.name, "device": "cpu", **options})
    built = COMPONENT.build(said, BuildContext(folder=folder.parent))
    assert isinstance(built, LiveBackend)
    return built


def asking(text: str = "Why?", *, repetition: int = 0, **sampling: Any) -> CompletionRequest:  # noqa: ANN401 - fields of a sampling
    settings = {"maximum_tokens": 12, "temperature": 1.0, **sampling}
    messages = (Message(role=Role.SYSTEM, content="You are short."), Message(role=Role.USER, content=text))
    return CompletionRequest(messages=messages, sampling=Sampling(**settings), repetition=repetition)


@needs_transformers
@pytest.mark.filterwarnings("ignore")  # those of the packages are not ours
class TestTheModel:
    """What the model writes."""

    async def test_it_writes_and_tells_what_it_consumed(self, folder: Path) -> None:
        """Nothing is paid, and the clock of the answer runs."""
        completion = await backend_of(folder).complete(asking())

        assert completion.text
        assert completion.model == "tiny"
        assert completion.finish_reason == "length"
        assert completion.usage.output_tokens == 12
        assert completion.usage.cost == 0
        assert 0 < completion.usage.input_tokens < 60
        assert completion.first_token is not None
        assert 0 < completion.first_token <= completion.latency

    async def test_equal_requests_get_equal_answers_and_repetitions_others(self, folder: Path) -> None:
        """Chance begins at the seed of the request, counted up by the repetition."""
        backend = backend_of(folder)

        one, again, repeated, seeded = [
            (await backend.complete(request)).text
            for request in (asking(), asking(), asking(repetition=1), asking(seed=1))
        ]

        assert one == again
        assert one != repeated
        assert repeated == seeded

    async def test_without_temperature_there_is_no_chance(self, folder: Path) -> None:
        """Whatever the repetition."""
        backend = backend_of(folder)

        texts = {(await backend.complete(asking(temperature=0, repetition=number))).text for number in range(3)}

        assert len(texts) == 1

    async def test_the_chat_template_is_the_models_own(self, folder: Path) -> None:
        """More turns are more tokens, tools are told, and further variables reach it."""
        backend = backend_of(folder)
        tool = ToolDefinition(name="look_up", description="", parameters={"type": "object"})
        plain = asking()
        longer = CompletionRequest(messages=(*plain.messages, *plain.messages[1:]), sampling=plain.sampling)
        tooled = CompletionRequest(messages=plain.messages, sampling=plain.sampling, tools=(tool,))

        short, long, told = [
            (await backend.complete(request)).usage.input_tokens for request in (plain, longer, tooled)
        ]

        assert short < long
        assert short < told

    async def test_it_stops_at_a_text(self, folder: Path) -> None:
        """Which is no part of the answer any more."""
        backend = backend_of(folder)
        whole = (await backend.complete(asking())).text
        end = whole[3:5]

        completion = await backend.complete(asking(stop=(end,)))

        assert completion.text == whole[: whole.index(end)]
        assert completion.finish_reason == "stop"
        assert completion.usage.output_tokens <= 12

    async def test_the_probabilities_are_those_of_the_text(self, folder: Path) -> None:
        """Piece by piece, also where a character is made of several tokens."""
        request = asking("検索が遅い 🐢", maximum_tokens=40)
        wanted = CompletionRequest(messages=request.messages, sampling=request.sampling, wants_probabilities=True)

        completion = await backend_of(folder).complete(wanted)

        assert "".join(token.token for token in completion.tokens) == completion.text
        assert completion.text == (await backend_of(folder).complete(request)).text
        assert all(-20 < token.log_probability < 0 for token in completion.tokens)
        assert math.exp(completion.tokens[0].log_probability) < 0.2

    async def test_a_request_that_nobody_waits_for_is_broken_off(self, folder: Path) -> None:
        """And the next one is answered."""
        backend = backend_of(folder, maximum_tokens=200)
        tasks = [asyncio.create_task(backend.complete(asking(maximum_tokens=200))) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

        assert all(task.cancelled() for task in tasks)
        assert (await backend.complete(asking())).text

    async def test_the_loop_is_free_while_it_writes(self, folder: Path) -> None:
        """Something else gets its turns meanwhile."""
        turns = 0
        work = asyncio.create_task(backend_of(folder).complete(asking(maximum_tokens=60)))
        while not work.done():
            await asyncio.sleep(0)
            turns += 1

        assert turns > 10

    async def test_a_conversation_that_is_too_long_is_refused(self, folder: Path) -> None:
        """With both lengths."""
        with pytest.raises(BackendRefusedError, match="the model can see 256"):
            await backend_of(folder).complete(asking("0123456789 " * 300))

    async def test_one_model_is_in_memory(self, folder: Path) -> None:
        """Another one takes its place, and the first can come back."""
        first = await backend_of(folder).complete(asking(temperature=0))
        await backend_of(folder, precision="bfloat16").complete(asking(temperature=0))

        assert (await backend_of(folder).complete(asking(temperature=0))).text == first.text

    async def test_a_model_that_is_not_there_is_refused(self, folder: Path) -> None:
        """It is not looked for anywhere else unless that is allowed."""
        with pytest.raises(BackendRefusedError, match="cannot be loaded"):
            await backend_of(folder.with_name("absent")).complete(asking())

    async def test_a_model_without_a_template_is_refused(self, folder: Path, tmp_path: Path) -> None:
        """Nobody guesses one."""
        import shutil  # noqa: PLC0415 - used here alone

        bare = tmp_path / "bare"
        shutil.copytree(folder, bare, ignore=lambda _place, names: [name for name in names if "template" in name])

        with pytest.raises(BackendRefusedError, match="no chat template"):
            await backend_of(bare).complete(asking())

    def test_another_training_is_another_fingerprint(self, folder: Path, tmp_path: Path) -> None:
        """Wherever the files lie, they say what the model is."""
        import shutil  # noqa: PLC0415 - used here alone

        copied = tmp_path / "tiny"
        shutil.copytree(folder, copied)
        options = TransformersOptions(model="tiny")
        same = COMPONENT.content(options, tmp_path)
        with (copied / "model.safetensors").open("r+b") as weights:
            weights.seek(-1, 2)
            weights.write(b"\x7f")

        assert same == COMPONENT.content(options, folder.parent) != UNKNOWN
        assert COMPONENT.content(options, tmp_path) != same

    def test_another_model_than_its_own_is_foreseen(self, folder: Path) -> None:
        """As is a folder that is not there."""
        backend = backend_of(folder)
        assert isinstance(backend, ForeseeingBackend)
        another = CompletionRequest(messages=asking().messages, model="other")
        absent = backend_of(folder, model="./absent")
        assert isinstance(absent, ForeseeingBackend)

        assert backend.foresee(asking()) is None
        assert "'other' is asked for" in str(backend.foresee(another))
        assert "there is no folder './absent'" in str(absent.foresee(asking()))


@pytest.mark.skipif(IS_INSTALLED, reason="transformers is installed")
def test_without_the_package_it_says_what_to_install() -> None:
    """When it is built, before anything is run."""
    with pytest.raises(MissingExtraError, match=r"pip install 'passmuster\[transformers\]'"):
        COMPONENT.build(TransformersOptions(model="tiny"), BuildContext(folder=Path()))


@pytest.mark.parametrize(
    "options", [{}, {"model": ""}, {"model": "a", "device": "toaster"}, {"model": "a", "precision": "int4"}]
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Before anything is loaded."""
    with pytest.raises(ValidationError):
        TransformersOptions.model_validate(options)


def test_what_changes_no_answer_is_no_part_of_the_fingerprint() -> None:
    """Limits, and where a model is fetched from."""
    plain = TransformersOptions(model="a")

    assert plain.model_dump() == TransformersOptions(model="a", download=True).model_dump()
    assert plain.limits.concurrency == 1
    assert COMPONENT.is_free
