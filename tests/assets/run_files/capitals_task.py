"""The task that `capitals.eval` and `capitals.json` were recorded of; asks the made-up model of Inspect only."""

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, includes, mean, scorer
from inspect_ai.solver import generate, solver

ANSWERS = {
    "peru": "The capital is Lima.",
    "chile": "It is Valparaíso.",
    "conversation": "Then it is Paris.",
    "broken": "never reached",
    "unscored": "I cannot say.",
}


@solver
def breaking():
    async def solve(state, generate):
        if state.sample_id == "broken" and state.epoch == 2:
            raise RuntimeError("the tool server went away")
        return state

    return solve


@scorer(metrics=[mean()])
def politeness():
    async def score(state, target):
        if state.sample_id == "unscored":
            return Score.unscored(explanation="There is nothing to judge.")
        return Score(value=0.25 if "It" in state.output.completion else 0.75, explanation="Counted by hand.")

    return score


@scorer(metrics=[{"*": [mean()]}])
def several():
    async def score(state, target):
        return Score(value={"short": len(state.output.completion) < 20, "words": len(state.output.completion.split())})

    return score


@task
def capitals():
    samples = [
        Sample(id="peru", input="What is the capital of Peru?", target="Lima", metadata={"region": "south"}),
        Sample(id="chile", input="What is the capital of Chile?", target=["Santiago", "Santiago de Chile"]),
        Sample(
            id="conversation",
            input=[
                ChatMessageSystem(content="You know every capital."),
                ChatMessageUser(content="I go to France."),
                ChatMessageUser(content="What is its capital?"),
            ],
            target="Paris",
        ),
        Sample(id="broken", input="Which tool answers?", target="none"),
        Sample(id="unscored", input="Is a capital a letter?", target="perhaps"),
    ]
    return Task(dataset=samples, solver=[breaking(), generate()], scorer=[includes(), politeness(), several()], epochs=2)


def answer(messages, tools, choice, config):
    text = messages[-1].text
    key = {"Peru": "peru", "Chile": "chile", "its": "conversation", "tool": "broken"}
    found = next((name for word, name in key.items() if word in text), "unscored")
    output = ModelOutput.from_content("mockllm/model", ANSWERS[found])
    output.usage = ModelUsage(
        input_tokens=30, output_tokens=6, total_tokens=46, input_tokens_cache_read=10, reasoning_tokens=2, total_cost=0.00012
    )
    return output


if __name__ == "__main__":
    for form in ("eval", "json"):
        eval(
            capitals(),
            model=get_model("mockllm/model", custom_outputs=answer),
            fail_on_error=False,
            log_format=form,
            log_dir=f"logs-{form}",
            display="none",
            log_realtime=False,
        )
