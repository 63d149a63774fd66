"""What a console can ask of an engine: commands down, immutable views up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api.catalogue import CatalogueApi
    from core.engine.api.files import FilesApi
    from core.engine.api.flows import FlowsApi
    from core.engine.api.history import HistoryApi
    from core.engine.api.links import LinksApi
    from core.engine.api.settings import SettingsApi
    from core.engine.api.views import LogLine, RunView, Snapshot


class EngineApi(Protocol):
    """An engine as a console uses it.

    The methods that stand here return at once. Those of the desks may take their time (they read stores and files, or
    talk to other machines): a screen asks them in a worker.
    """

    @property
    def settings(self) -> SettingsApi:
        """What is configured, and changing it."""

    @property
    def history(self) -> HistoryApi:
        """Runs, what they left behind, and cursors."""

    @property
    def catalogue(self) -> CatalogueApi:
        """The records that are kept."""

    @property
    def files(self) -> FilesApi:
        """Files and locations: looking into them, testing them, and trying a layout on a file."""

    @property
    def links(self) -> LinksApi:
        """Links to other systems, and their connectors."""

    @property
    def flows(self) -> FlowsApi:
        """Records of flows: failures and activity."""

    def snapshot(self, since: int = -1) -> Snapshot | None:
        """Return the present state, or ``None`` where nothing changed since that revision."""

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first; those that left the ring are gone."""

    def runs(self, task: str | None = None, limit: int = 100) -> Sequence[RunView]:
        """Return runs, the latest first, from the journal."""

    def start_tasks(
        self,
        task_ids: Sequence[str],
        *,
        dry_run: bool = False,
        confirm_archive: bool = False,
        assortment: str | None = None,
    ) -> list[int]:
        """Queue a run of each task, in sequence order, and return their numbers.

        ``confirm_archive`` lifts the brake on archiving (IM7) for these runs. With an ``assortment``, they are for that
        one, in place of what their settings say; not every type of task takes one.
        """

    def stop_runs(self, run_ids: Sequence[int]) -> None:
        """Ask runs to stop: at once where they safely can, else at the end of the block."""

    def set_active(self, task_ids: Sequence[str], active: bool) -> None:
        """Switch tasks on or off, in the file and in the plan."""

    def revert_run(self, run_id: int, *, force: bool = False) -> int:
        """Queue a run that puts back what an import changed; return its number."""

    def reload(self) -> None:
        """Read the configuration again and plan anew."""

    def shutdown(self, *, stop_runs: bool) -> None:
        """Start nothing more; stop the runs that are going, or wait for them; then close."""
