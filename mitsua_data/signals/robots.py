"""
robots.txt: what it says of crawling (RFC 9309), and what has been added to it about training.

| line                                   | counts                                                                   |
|----------------------------------------|--------------------------------------------------------------------------|
| `Disallow`, `Allow`                    | in the group that RFC 9309 gives us: `mitsua`, else `*`; nobody else's   |
| `DisallowAITraining`, `AllowAITraining`| in any group (draft-canel-robots-ai-control)                             |
| `Disallow` for `ai-training` and such  | always: the group names a purpose, not a crawler                         |
| `Content-Usage`, `Content-Signal`      | in any group, or in none                                                 |
| `License`                              | always: an RSL licence (RSL 1.0), for the whole host                     |

So a group that shuts out GPTBot is not ours to obey, but `ai-train=no` inside of it is a wish, and is heeded.
"""

from __future__ import annotations

from collections.abc import Iterator

from mitsua_data.signals.groups import ALLOW, DISALLOW, USER_AGENT, Line, is_ours, lines, text_of
from mitsua_data.signals.preferences import preference, split_path
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw


def read_robots(body: bytes) -> Iterator[Said]:
    """What a robots.txt says."""
    found = list(lines(text_of(body)))
    yield _crawling(found)
    for line in found:
        yield from _training(line)


def licences(body: bytes) -> tuple[str, ...]:
    """The addresses of the licences that a robots.txt names, each once."""
    named = (line.value for line in lines(text_of(body)) if line.field in {"license", "licence"})
    return tuple(dict.fromkeys(each for each in named if each))


def _crawling(found: list[Line]) -> Said:
    """The group that is ours. Its rules are the value: with Protego they say of each URL whether it is barred."""
    agents = {
        agent: agent.replace("*", "") or "*"
        for line in found
        if line.field in USER_AGENT
        for agent in line.group.agents
    }
    named = max((name for agent, name in agents.items() if name != "*" and is_ours(agent)), key=len, default="*")
    meant = {agent for agent, name in agents.items() if name == named}
    groups = {line.group for line in found}
    ours = {group for group in groups if meant.intersection(group.agents)}
    rules = [
        f"{'Allow' if line.field in ALLOW else 'Disallow'}: {line.value}"
        for line in found
        if line.field in ALLOW | DISALLOW and line.value and line.group in ours
    ]
    if not rules:
        return Said(Protocol.ROBOTS, Word.NONE)
    shut = any(rule.startswith("Disallow") for rule in rules)
    text = "\n".join(["User-agent: *", *rules]).replace("\0", "")
    return Said(Protocol.ROBOTS, Word.BLOCK if shut else Word.ALLOW, text)


def _training(line: Line) -> Iterator[Said]:
    pointer, value = f"line:{line.text}", raw(line.text)
    name = line.field.replace("_", "-").replace(" ", "-")
    if name in {"content-usage", "content-signal", "content-signals"}:
        protocol = Protocol.USAGE_ROBOTS if name == "content-usage" else Protocol.SIGNAL_ROBOTS
        path, rest = split_path(line.value)
        yield Said(protocol, preference(rest), value, path, pointer)
    elif name.replace("-", "") in {"disallowaitraining", "noaitraining"}:
        yield Said(Protocol.AI_TRAINING, Word.BLOCK if line.value else Word.ALLOW, value, line.value, pointer)
    elif name.replace("-", "") == "allowaitraining":
        yield Said(Protocol.AI_TRAINING, Word.ALLOW, value, line.value, pointer)
    elif line.field in DISALLOW and line.value and line.group.is_purpose:
        yield Said(Protocol.AI_TRAINING, Word.BLOCK, value, line.value, pointer)
    elif name in {"license", "licence"}:
        yield Said(Protocol.RSL, Word.UNKNOWN, raw(line.value) or value, "", pointer)
