"""Perturbations around a request: politeness, chat, something pasted, the language of the answer."""

from collections.abc import Collection
from random import Random

from passmuster.domain.values import AgentName

OPENINGS = (
    "Hi there! I hope you are doing well. Would you mind doing the following for me?",
    "Good morning, and sorry to bother you. If it is not too much trouble:",
    "Hello! It would be lovely if you found a moment for this.",
    "Hey, thanks for being around. May I ask you a favour?",
)
CLOSINGS = (
    "Thank you so much in advance!",
    "Many thanks, I really appreciate it.",
    "No hurry at all. Thanks a lot!",
    "Thank you kindly, and have a nice day.",
)
CHATTER = (
    "It has been quite a week over here, and I have not had a quiet hour since Monday.",
    "My neighbour is having the roof done, so there is hammering from early in the morning.",
    "I meant to write this down yesterday, but then lunch took longer than I thought.",
    "Anyway, the weather is finally getting better, which makes everything a little easier.",
    "My sister is visiting at the weekend and we may go to the lake if it stays dry.",
    "I am on the train while I type this, so forgive me if I wander a bit.",
    "The coffee here is not great, but the view out of the window makes up for it.",
    "Somebody in the next row is humming, and now I cannot get that song out of my head.",
    "I promised myself to keep this short, and as you see I am already failing at that.",
    "We are all a bit tired after the holidays, and it shows.",
    "By the way, happy birthday to everyone who had one this month.",
    "So much for the small talk, I know you have better things to do.",
)
CHATTER_WORDS = 90
"""How many words of chat there are at least around a request."""

PASTED = (
    """```
Traceback (most recent call last):
  File "main.py", line 41, in <module>
    run(sys.argv[1:])
  File "main.py", line 17, in run
    return table[key]
KeyError: 'north'
```""",
    """```
[10:41:07] INFO  listening
[10:41:09] WARN  retrying in 2 s
[10:41:11] WARN  retrying in 4 s
[10:41:15] ERROR gave up after 3 attempts
```""",
    """```
> build
step 1 of 4 ... done
step 2 of 4 ... done
step 3 of 4 ... failed (exit status 2)
```""",
)
"""Logs of nothing in particular; ours."""

LANGUAGES = ("German", "Spanish", "Japanese", "Portuguese", "Polish")


def politely(text: str, random: Random, _names: Collection[AgentName]) -> str:
    """Wrap a request into courtesies."""
    return f"{random.choice(OPENINGS)} {text} {random.choice(CLOSINGS)}"


def amid_chatter(text: str, random: Random, _names: Collection[AgentName]) -> str:
    """Put a request into the middle of small talk of some ninety words."""
    sentences: list[str] = []
    for sentence in random.sample(CHATTER, len(CHATTER)):
        if sum(len(one.split()) for one in sentences) >= CHATTER_WORDS:
            break
        sentences.append(sentence)
    middle = len(sentences) // 2
    return " ".join([*sentences[:middle], text, *sentences[middle:]])


def with_something_pasted(text: str, random: Random, _names: Collection[AgentName]) -> str:
    """Paste a log or a stack trace below a request, in a fenced block."""
    return f"{text}\n\n{random.choice(PASTED)}"


def for_another_language(text: str, random: Random, _names: Collection[AgentName]) -> str:
    """Ask for the answer in another language; who should answer does not depend on it."""
    return f"{text}\n\nPlease answer in {random.choice(LANGUAGES)}."
