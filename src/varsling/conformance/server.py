"""The conformance server for tests of an integration's own client: it plays its script while the client polls."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from varsling.conformance.script import Verdict, play
from varsling.conformance.world import Pace, World, world


class Conformance:
    """The server, while its script is played. Start the client against `url` with `token`, then ask for `verdicts`."""

    def __init__(self, played: World) -> None:
        self._world = played
        self._verdicts: list[Verdict] = []
        self._thread = threading.Thread(target=self._play, name="conformance-script", daemon=True)
        self.url, self.token = played.url, played.token

    def start(self) -> None:
        self._thread.start()

    def verdicts(self) -> list[Verdict]:
        """Wait for the end of the script, and give what came of each step."""
        self._thread.join()
        return self._verdicts

    @property
    def held(self) -> dict[str, int]:
        """What the client's store must have at the end: the version of each notice."""
        return dict(self._world.held)

    @property
    def destroyed(self) -> set[str]:
        """The notices of which the client's store must have nothing at the end."""
        return set(self._world.destroyed)

    def _play(self) -> None:
        self._verdicts += play(self._world)


@contextmanager
def serving(pace: Pace) -> Iterator[Conformance]:
    """Serve on a free port until the end of the block."""
    with world(0, pace) as played:
        server = Conformance(played)
        server.start()
        yield server
