"""Watching the folders of automatic imports: a run is started when a file has arrived and no longer grows.

A thread a task. Folders of this machine are watched by the events of the operating system; since network filesystems
have none, they are looked into every so often besides, as remote ones are. Looking only lists: that a run starts, and
what it says, is for the files that it can take. What keeps a folder from being looked into is found and told by a run,
too, so that it stands in the history and in the alerts as any other failure.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from core.config.auto_import import AutoImportTask
from core.config.frequency import Arrival
from core.config.locations import LocalLocation
from core.config.model import placed
from core.engine.logs import LOGGER
from core.errors import PendelError
from core.planning.local_time import inside
from core.runs import ENGINE, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from watchfiles._rust_notify import RustNotify

    from core.config.tasks import TaskBase
    from core.engine.starter import Starter
    from core.engine.workspace import Workspace

_LONGEST_PAUSE = 3600.0
"""Seconds between two runs for files that the last one could not take, at most; they double from the poll on."""
_STEP_MS, _DEBOUNCE_MS = 200, 400
_FAULTS_BEFORE_A_RUN = 2
_UNTIL_THERE = 2.0
"""Seconds between two looks whether a folder of this machine that is not there has come back."""
_NO_WATCH = "The folder %s is only looked into every %d s: the system gives no events for it (%s)."

Found = tuple[str, int, str]
"""A file by path, size and time."""
_TROUBLE: Found = ("", 0, "")
"""In place of the files of a folder that cannot be looked into."""


class FolderWatch:
    """Watches the folders of all active tasks of frequency ``arrival``."""

    def __init__(self, workspace: Workspace, starter: Starter) -> None:
        self._workspace = workspace
        self._starter = starter
        self._watchers: dict[str, _Watcher] = {}

    def replan(self, tasks: Iterable[TaskBase]) -> None:
        """Watch for these tasks, in place of those before."""
        for watcher in self._watchers.values():
            watcher.close()
        for watcher in self._watchers.values():
            watcher.join()
        self._watchers = {
            task.id: _Watcher(self._workspace, self._starter, task)
            for task in tasks
            if isinstance(task, AutoImportTask) and task.active and isinstance(task.frequency, Arrival)
        }
        for watcher in self._watchers.values():
            watcher.start()

    def run_ended(self, task: str) -> None:
        """Look at once whether more has arrived while the run of a task was going."""
        watcher = self._watchers.get(task)
        if watcher is not None:
            watcher.wake()

    def stop(self) -> None:
        """End all threads."""
        self.replan(())


class _Watcher:
    """Watches the folders of one task."""

    def __init__(self, workspace: Workspace, starter: Starter, task: AutoImportTask) -> None:
        self._workspace = workspace
        self._starter = starter
        self._task = task
        self._poll = float(task.frequency.poll) if isinstance(task.frequency, Arrival) else _LONGEST_PAUSE
        self._woken = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=f"pendel-folder-{task.id}", daemon=True)
        self._since: dict[Found, float] = {}
        """What lies in the folders, and since when it is as it is."""
        self._offered: frozenset[Found] = frozenset()
        """What runs were started for; they did not take what is still there."""
        self._pause = self._poll
        self._again_at = 0.0
        self._faults = 0
        self._notify: RustNotify | None = None
        self._watched: tuple[tuple[int, int], ...] = ()
        """The directories that are watched, by device and inode: one that was made anew is another one."""
        self._missing = False
        """A folder of this machine is not there."""
        self._said = ""

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self._closing = True
        self._woken.set()

    def join(self) -> None:
        # A server that does not answer is not waited for: the thread looks whether it is still wanted when it does.
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while True:
            self._woken.clear()
            if self._closing:
                break
            pause = self._poll
            try:
                # First: what happens while the folders are looked into counts as well.
                self._watch_events()
                pause = self._look()
            except PendelError as error:
                LOGGER.error("The run of %s cannot be started, and is tried again: %s", self._task.id, error)
            except Exception:
                LOGGER.exception("The folders of %s could not be watched, by a fault in Pendel.", self._task.id)
            self._wait(min(pause, _UNTIL_THERE) if self._missing else pause)
        self._close_events()

    # -- looking --------------------------------------------------------------------------------------------------

    def _look(self) -> float:
        """Look into the folders, start a run where there is something for it, and return when to look again."""
        if self._starter.current(self._task.id) is not None:
            return self._poll
        config = self._workspace.config
        local = self._workspace.now().astimezone(config.engine.zone)
        if not inside(local.time(), config.engine.window):
            return min(self._poll, 60.0)
        try:
            present = self._list()
        except PendelError:
            self._faults += 1
            if self._faults < _FAULTS_BEFORE_A_RUN:
                return min(self._poll, 10.0)
            return self._offer(frozenset({_TROUBLE}))
        self._faults = 0
        now = time.monotonic()
        self._since = {found: self._since.get(found, now) for found in present}
        settled = frozenset(found for found, since in self._since.items() if now - since >= self._task.settle)
        pause = self._offer(settled)
        left = [self._task.settle - (now - since) for found, since in self._since.items() if found not in settled]
        return max(min([pause, *left]), 0.1)

    def _list(self) -> list[Found]:
        from core.tasks.arrivals import waiting
        from core.transfer import open_location

        config = self._workspace.config
        name = self._task.location
        settings = config.locations[name] if name else LocalLocation(directory=str(config.uploads_dir))
        with open_location(
            name or "the upload directory",
            settings,
            base_dir=config.base_dir,
            secrets=self._workspace.secrets,
            known_hosts=config.known_hosts_file,
        ) as location:
            files, _ = waiting(location, self._task)
        return [(file.path, file.size, file.modified) for file in files]

    def _offer(self, ready: frozenset[Found]) -> float:
        """Start a run for what is ready; for what an earlier one left, only after a pause that grows."""
        now = time.monotonic()
        if not ready:
            self._offered, self._pause = frozenset(), self._poll
            return self._poll
        if ready <= self._offered and now < self._again_at:
            return min(self._again_at - now, self._poll)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE) if ready <= self._offered else self._poll
        self._offered, self._again_at = ready, now + self._pause
        with self._starter.deciding:
            if not self._closing and self._starter.current(self._task.id) is None:
                self._starter.start([self._task], trigger=Trigger.ARRIVAL, actor=ENGINE)
        return self._poll

    # -- the system's events --------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        """Wait until something happens in the folders, somebody wakes this thread, or the time is over."""
        if self._notify is None:
            self._woken.wait(seconds)
            return
        self._notify.watch(_DEBOUNCE_MS, _STEP_MS, max(int(seconds * 1000), 1), self._woken)

    def _watch_events(self) -> None:
        """Watch those folders of this machine that are there now."""
        from watchfiles._rust_notify import RustNotify

        places: list[Path] = []
        identities: list[tuple[int, int]] = []
        for place in self._directories():
            with suppress(OSError):
                status = place.stat()
                places.append(place)
                identities.append((status.st_dev, status.st_ino))
        self._missing = len(places) < len(self._directories())
        if tuple(identities) == self._watched:
            return
        self._close_events()
        self._watched = tuple(identities)
        if not places:
            return
        try:
            self._notify = RustNotify([str(place) for place in places], False, False, 0, False, False)
        except OSError as error:
            if self._said != str(error):
                self._said = str(error)
                LOGGER.warning(_NO_WATCH, places[0], self._poll, error)

    def _directories(self) -> list[Path]:
        from core.tasks.arrivals import folders

        config = self._workspace.config
        if self._task.location is None:
            base = config.uploads_dir
        else:
            settings = config.locations[self._task.location]
            if not isinstance(settings, LocalLocation):
                return []
            base = placed(config.base_dir, settings.directory)
        return [base / folder for folder in folders(self._task)]

    def _close_events(self) -> None:
        notify, self._notify, self._watched = self._notify, None, ()
        if notify is not None:
            notify.close()
