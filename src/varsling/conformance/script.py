"""The script of the conformance server, step by step, and what came of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from varsling.conformance.steps import STEPS, Step
from varsling.conformance.world import Impatient, World


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a step: the client's faults, none if it did well."""

    step: Step
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults

    def line(self) -> str:
        """Tell it in a line for the step, and one for each fault."""
        said = f"{'ok    ' if self.passed else 'FAILED'}  {self.step.name:<12} {self.step.shows}"
        return "\n".join((said, *(f"        → {fault}" for fault in self.faults)))


def play(world: World, steps: Sequence[Step] = STEPS) -> Iterator[Verdict]:
    """Play the steps against the client that polls, and give each verdict when it stands."""
    for step in steps:
        try:
            faults = tuple(step.play(world))
        except Impatient:
            faults = (_stuck(world),)
        world.faults.spoils = []
        yield Verdict(step, faults)


def _stuck(world: World) -> str:
    if not world.faults.calls:
        return f"nobody polled {world.url}/v1/feed with the token"
    last = world.faults.calls[-1]
    return f"the client did not reach the end of the stream; its last call got {last.status or 'no answer'}"
