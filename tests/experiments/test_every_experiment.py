"""What holds for every experiment, over memory and over sockets."""

import re
from collections.abc import Callable

import pytest

from mailserver_lab.control import open_lab
from mailserver_lab.control.handle import LocalHandle
from mailserver_lab.control.service import Service
from mailserver_lab.experiments import Draft, Experiment, Session, experiment, experiments, replay
from mailserver_lab.experiments.catalogue import golden
from mailserver_lab.experiments.experiment import Action
from mailserver_lab.experiments.facts import Facts
from mailserver_lab.experiments.lines import explain
from mailserver_lab.lab import Lab
from mailserver_lab.locale import LANGUAGES, Lang, Text
from mailserver_lab.net import MemoryNet, Net
from mailserver_lab.world import bundled
from tests.experiments.golden import transcript, without_tls

ALL = experiments()
IDS = [trial.id for trial in ALL]
every = pytest.mark.parametrize("trial", ALL, ids=IDS)


async def go(trial: Experiment, lab: Lab, actions: tuple[Action, ...], lang: Lang) -> Session:
    """A finished go: the session after these actions, closed."""
    world = await open_lab(trial.world, handle=LocalHandle(Service(lab)), lang=lang)
    session = await Session.start(trial, world, lang)
    await replay(session, actions)
    await session.close()
    return session


@every
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_its_solution_reaches_the_goal_step_by_step(trial: Experiment, lang: Lang, lab: Lab) -> None:
    session = await go(trial, lab, trial.solution, lang)
    assert session.state == "passed"
    assert {state for _, state in session.steps()} == {"done"}


@every
async def test_no_part_of_its_solution_is_enough(trial: Experiment, lab: Lab) -> None:
    names = [name for name, _ in trial.solution]
    if trial.consoles:  # what is said after the goal is reached is good manners
        names = names[: next(n for n, name in enumerate(names) if name.startswith("wait_"))]
    last = max(n for n, name in enumerate(names) if name in {"send", "say"})
    session = await go(trial, lab, trial.solution[:last], "en")
    assert session.state == "running"


@pytest.mark.parametrize(
    ("trial", "n"),
    [(trial, n) for trial in ALL for n in range(len(trial.wrong))],
    ids=lambda value: getattr(value, "id", value),
)
async def test_its_wrong_attempts_do_not_pass(trial: Experiment, n: int, lab: Lab) -> None:
    session = await go(trial, lab, trial.wrong[n], "en")
    assert session.state == "running"
    assert session.facts.sent or session.facts.spoken


@every
async def test_its_first_message_goes_the_golden_way(trial: Experiment, make_net: Callable[[], Net]) -> None:
    expected = golden(trial.id)
    if make_net is MemoryNet:
        expected = without_tls(expected)
    assert await transcript(trial, make_net) == expected


@every
def test_its_golden_transcript_offers_tls_and_keeps_secrets(trial: Experiment) -> None:
    text = golden(trial.id)
    assert "  S 250-STARTTLS\n" in text
    assert without_tls(text).count("STARTTLS") == 0
    accounts = bundled(trial.world).addresses().values()
    assert not any(account.password in text for account in accounts)


def _lines(text: str) -> list[tuple[str, str, str]]:
    """(protocol, side, line) of a transcript, without headings and contents."""
    found, protocol = [], ""
    for line in text.splitlines():
        if not line.startswith("  "):
            match = re.search(r"(SMTP|IMAP|POP3|DNS|HTTP) \d+$", line)
            protocol = match[1].lower() if match else ""
        elif not line.startswith(("  S )", "  -")) and "(the message)" not in line and protocol:
            side = "client" if line[2] in "CQ" else "server"
            found.append((protocol, side, line[4:]))
    return found


@every
def test_every_line_of_its_golden_transcript_is_explained(trial: Experiment) -> None:
    lines = _lines(golden(trial.id))
    assert len(lines) > (10 if trial.talk_alone else 40)
    for protocol, side, line in lines:
        reply = (
            re.match(r"(\d{3})(?:[ -](\d\.\d+\.\d+))?", line)
            if (protocol, side) == ("smtp", "server")
            else None
        )
        parsed = {"reply": int(reply[1]), "status": reply[2]} if reply else {}
        why = explain(protocol, side, line, parsed)
        assert why is not None, (protocol, side, line)
        assert why.ja, (protocol, side, line)
        assert why.en, (protocol, side, line)


def _texts(value: object) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in _texts(one)]
    return [
        text for name in getattr(value, "__dataclass_fields__", {}) for text in _texts(getattr(value, name))
    ]


@every
def test_it_says_everything_in_both_languages(trial: Experiment) -> None:
    texts = _texts(trial)
    assert len(texts) > 20
    for text in texts:
        assert text.ja.strip()
        assert text.en.strip()
        assert re.search(r"[ぁ-んァ-ヶ一-龠]|^DNS$", text.ja), text.ja
        assert not re.search(r"[ぁ-んァ-ヶ一-龠]", text.en), text.en


@every
def test_it_is_complete(trial: Experiment) -> None:
    world = bundled(trial.world)
    device, _, owner = trial.draft.device.partition("/")
    assert device in world.addresses()[owner].devices
    assert [prediction.right for prediction in trial.predictions].count(True) == 1
    ids = [prediction.id for prediction in trial.predictions] + [step.id for step in trial.steps]
    assert len(ids) == len(set(ids))
    assert trial.wrong
    assert isinstance(trial.draft, Draft)


@every
def test_there_is_always_a_hint_and_a_next_move(trial: Experiment) -> None:
    nothing = Facts()
    assert not trial.goal(nothing)
    assert trial.situations[-1].when(nothing)
    assert all(situation.hints for situation in trial.situations)


def test_one_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(KeyError, match=IDS[0]):
        experiment("none")
