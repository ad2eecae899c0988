"""P6: letters from the queue to the folder, compared with typst alone on the same letters; and memory over 10,000."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from tests.bench.measuring import ROUNDS, Figure
from tests.notices.scenario import Scenario, tenant
from tests.service import Service, settings_of
from varsling import worker
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.deliveries.channels.channel import Addressee, Parcel
from varsling.deliveries.channels.folder import FolderChannel
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.dispatch import assembly
from varsling.dispatch.dispatcher import Dispatcher
from varsling.domain.policies import Envelope
from varsling.letters import render as rendering
from varsling.letters.content import LetterContent
from varsling.letters.render import RenderedLetter, render
from varsling.letters.samples import sample_copy

Given = TypeVar("Given")

_A_ROUND = 200
_MANY, _WARM = 10_000, 1_000


def figures() -> Iterator[Figure]:
    ours, alone, whole, beyond = [], [], [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        _stage(Path(folder)) as stage,
        _kept() as contents,
        _timed_recording() as recording,
    ):
        for number in range(ROUNDS + 1):
            _send(stage, number)
            contents.clear()
            before = time.process_time()
            whole.append(_seconds(worker.run_until_idle, stage.context))
            worked = time.process_time() - before
            ours.append(whole[-1] - sum(recording))
            recording.clear()
            inputs = [_input(content) for content in contents]
            assert len(inputs) == _A_ROUND
            before = time.process_time()
            alone.append(_seconds(_compile_all, inputs))
            beyond.append(1000 * (worked - (time.process_time() - before)) / _A_ROUND)
    ratio = statistics.median(alone[1:]) / statistics.median(ours[1:])
    published = _A_ROUND / statistics.median(whole[1:])
    what = f"letters rendered and handed to the folder × typst alone ({published:.0f} a second with their publication)"
    yield Figure("P6", what, ratio, "×", 0.7, 0.9, at_least=True)
    what = "publication: the worker's processor time a notice, beyond typst"
    yield Figure("P9", what, statistics.median(beyond[1:]), "ms", 10, 3, at_least=False)
    yield Figure("P6", f"memory after {_MANY:,} letters × after {_WARM:,}", _growth(), "×", 1.1, 1.05, at_least=False)


@contextmanager
def _stage(folder: Path) -> Iterator[Scenario]:
    url = f"sqlite:///{folder}/varsling.db"
    engine = create_engine(url)
    upgrade(engine)
    engine.dispose()
    service = Service(settings_of(url, folder))
    service.start()
    yield Scenario.with_grant(service)
    service.stop()


@contextmanager
def _kept() -> Iterator[list[LetterContent]]:
    """Collect the sources of the worker's letters, for typst alone to set again."""
    contents: list[LetterContent] = []

    def keeping(content: LetterContent, envelope: Envelope = Envelope.C5) -> RenderedLetter:
        contents.append(content)
        return render(content, envelope)

    assembly.render = keeping  # type: ignore[attr-defined]  # the worker's own function, which keeps what it is given
    yield contents
    assembly.render = render  # type: ignore[attr-defined]  # likewise


@contextmanager
def _timed_recording() -> Iterator[list[float]]:
    """Time the recording of outcomes, publication included: that is no part of P6."""
    taken: list[float] = []
    record = Dispatcher._record

    def timed(self: Dispatcher, batch: Any) -> None:
        started = time.perf_counter()
        record(self, batch)
        taken.append(time.perf_counter() - started)

    Dispatcher._record = timed  # type: ignore[method-assign]  # measured, and the same otherwise
    yield taken
    Dispatcher._record = record  # type: ignore[method-assign]  # likewise


def _send(stage: Scenario, round_number: int) -> None:
    items = []
    for place in range(_A_ROUND):
        name = f"B-{round_number}-{place}"
        born = date(1940, 1, 1) + timedelta(days=round_number * _A_ROUND + place)
        body = stage.body(tenant("Ane Prøve", birth_date=f"{born}"), reference=name)
        items.append({"notice": body | {"lease": body["lease"] | {"reference": name}}})
    answer = stage.landlord.post("/v1/notices/batch", json={"items": items}).json()
    assert answer["accepted"] == _A_ROUND, answer["results"][0]


def _input(content: LetterContent) -> tuple[str, date]:
    return rendering._data(content, Envelope.C5)[0], content.rendered_on


def _compile_all(inputs: list[tuple[str, date]]) -> None:
    for letter, day in inputs:
        rendering._compile(rendering._template(), letter, day)


def _seconds(work: Callable[[Given], object], given: Given) -> float:
    started = time.perf_counter()
    work(given)
    return time.perf_counter() - started


def _growth() -> float:
    """Measure how far the process's peak memory grows while it renders and hands over letters."""
    warm = 0
    with tempfile.TemporaryDirectory() as folder:
        channel = FolderChannel(Path(folder), needs_done=False)
        for number in range(_MANY):
            content, name = sample_copy(), f"Kari Testperson {number}"
            pdf = render(content).pdf
            parcel_id = DeliveryId(UUID(int=number))
            channel.send(Parcel(parcel_id, DeliveryKind.COPY, "nb", Addressee(name), (name,), pdf))
            if number + 1 == _WARM:
                warm = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / warm
