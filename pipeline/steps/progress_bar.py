"""A line on the terminal that says how far long work is; plain lines where there is no terminal."""

import sys
import time

WIDTH = 30


class Bar:
    """Progress of `count` tasks with `media_s` seconds of recording in all (0: not known)."""

    def __init__(self, count: int, media_s: float):
        self.count, self.media_s, self.finished, self.began = count, media_s, 0, time.monotonic()
        self.reached, self.said = 0.0, set[str]()
        self.shown = sys.stderr.isatty()

    def at(self, media_s: float) -> None:
        """So many seconds of recording have been gone through."""
        self.reached = media_s
        self._draw()

    def say(self, text: str) -> None:
        """One task is finished: its line stays, the bar goes on below. A line said before is not said again."""
        self.finished += 1
        if text not in self.said:
            self._clear()
            print(text, file=sys.stderr, flush=True)
        self.said.add(text)
        self._draw()

    def close(self) -> None:
        """Takes the bar off the terminal."""
        self._clear()

    def _draw(self) -> None:
        if self.shown and self.finished < self.count:
            share = self.share
            filled = "#" * round(share * WIDTH)
            minutes, seconds = divmod(round(time.monotonic() - self.began), 60)
            line = f"[{filled:.<{WIDTH}}] {share:4.0%}  {self.finished} of {self.count} done  {minutes}:{seconds:02d}"
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    @property
    def share(self) -> float:
        """How much is done: by seconds of recording where they are known, never less than the tasks finished."""
        tasks = self.finished / self.count if self.count else 1.0
        return tasks if not self.media_s else max(tasks, min(self.reached / self.media_s, 1.0))

    def _clear(self) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
