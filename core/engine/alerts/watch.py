"""Finds trouble in the journal, and its end; what is to be told goes into the outbox in the same transaction."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.config.frequency import Manual
from core.engine.alerts import words
from core.engine.alerts.rules import DIGEST, FAILED, LONG, OVERDUE, SKIPPED, WELL, Rule, held_until, rule_of
from core.planning.local_time import moment_of
from core.runs import RunState
from core.store.journal.alerts import Alert, Streak
from core.text import clean, time_span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.engine.api import TaskView
    from core.store.journal import Journal
    from core.store.journal.tallies import Ended

BATCH = 500
"""Ends of runs that are looked at in one transaction."""
DAY = timedelta(days=1)
_KINDS = {RunState.FAILED: FAILED, RunState.SKIPPED: SKIPPED}


class Watch:
    """Looks at how tasks are. Used by one thread."""

    def __init__(self, journal: Journal, *, now: Callable[[], datetime], redact: Callable[[str], str]) -> None:
        self._journal = journal
        self._now = now
        self._redact = redact
        self._host = clean(socket.gethostname(), limit=64)

    def look_at_ends(self, config: Config, tasks: Mapping[str, TaskBase]) -> None:
        """Take in the runs that ended, and the moments that were skipped, since the last look."""
        while True:
            with self._journal.transaction():
                ended = self._journal.tallies.take(limit=BATCH)
                if not ended:
                    return
                troubles = self._journal.streaks.all()
                for one in ended:
                    self._judge(config, tasks.get(one.task), one, troubles.setdefault(one.task, {}))

    def look_at_time(self, config: Config, tasks: Mapping[str, TaskBase]) -> None:
        """Find runs that take too long, and tasks that have not succeeded for too long."""
        now, troubles = self._now(), self._journal.streaks.all()
        with self._journal.transaction():
            for gone in troubles.keys() - tasks.keys():
                self._journal.streaks.end(gone)
            for run in self._journal.tallies.going():
                task = tasks.get(run.task)
                rule = rule_of(task, config.alerts) if task else None
                if task is None or rule is None or rule.long is None or now - run.started_at < rule.long:
                    continue
                known = troubles.get(run.task, {}).get(LONG)
                if known is None or known.run != run.run:
                    reason = f"It has been running for {time_span((now - run.started_at).total_seconds())}."
                    self._tell_trouble(config, task, rule, LONG, known, at=now, run=run.run, reason=reason)
            for task_id, silence in self.overdue(config, tasks).items():
                task = tasks[task_id]
                if OVERDUE not in troubles.get(task_id, {}):
                    reason = f"It has not succeeded for {time_span(silence.total_seconds())}."
                    rule = rule_of(task, config.alerts)
                    self._tell_trouble(config, task, rule, OVERDUE, None, at=now, run=None, reason=reason)

    def overdue(self, config: Config, tasks: Mapping[str, TaskBase]) -> dict[str, timedelta]:
        """Return the tasks that have not succeeded for longer than they may, with how long that is.

        One that was not due in that time is not overdue, nor one whose run is going and was queued in that time.
        """
        journal, now = self._journal, self._now()
        limits = {task.id: rule_of(task, config.alerts).overdue for task in tasks.values() if _starts_itself(task)}
        if not any(limits.values()):
            return {}
        conditions, since = journal.tallies.conditions(), journal.plans.since()
        queued = {run.task: run.queued_at for run in journal.runs.open()}
        result: dict[str, timedelta] = {}
        for task, limit in limits.items():
            if limit is None or task not in since:
                continue
            good = conditions[task].succeeded_at if task in conditions else None
            base = max(good, since[task]) if good else since[task]
            waits = task in queued and now - queued[task] < limit
            if now - base >= limit and not waits and journal.occurrences.any_after(task, base):
                result[task] = now - base
        return result

    def tell_digest(self, config: Config, tasks: Sequence[TaskView]) -> None:
        """Tell of the last day, where its time has come and nobody was told yet."""
        alerts, zone, now = config.alerts, config.engine.zone, self._now()
        if alerts.digest is None or not alerts.to:
            return
        due = moment_of(now.astimezone(zone).date(), alerts.digest, zone)[0]
        last = self._journal.outbox.last(DIGEST)
        if now < due or (last is not None and last >= due):
            return
        streaks = [one for kinds in self._journal.streaks.all().values() for one in kinds.values()]
        text = self._redact(words.digest(self._journal.tallies.since(now - DAY), tasks, streaks, zone))
        title = f"Pendel on {self._host}: {now.astimezone(zone):%A %d %B %Y}"
        with self._journal.transaction():
            self._journal.outbox.add(Alert(to, "", DIGEST, title, text, now, now) for to in dict.fromkeys(alerts.to))
            self._journal.outbox.forget(before=now - timedelta(days=config.retention.runs_days))

    def _judge(self, config: Config, task: TaskBase | None, one: Ended, known: dict[str, Streak]) -> None:
        """Take in one end; ``known`` is the trouble that its task is in, and is kept up to date."""
        if task is None:
            return
        rule = rule_of(task, config.alerts)
        if one.state.good:
            if known:
                self._journal.streaks.end(task.id)
                told = [streak for streak in known.values() if rule.tells(streak.kind)]
                if told:
                    text = words.well(task.description, told, one, config.engine.zone)
                    self._tell(config, task, rule, WELL, text, at=one.at)
                known.clear()
            return
        kind = _KINDS.get(one.state)
        if kind is None or one.made_up:
            return
        streak = self._tell_trouble(
            config, task, rule, kind, known.get(kind), at=one.at, run=one.run, reason=one.message
        )
        if streak is not None:
            known[kind] = streak

    def _tell_trouble(
        self,
        config: Config,
        task: TaskBase,
        rule: Rule,
        kind: str,
        known: Streak | None,
        *,
        at: datetime,
        run: int | None,
        reason: str,
    ) -> Streak | None:
        """Begin a streak and tell of it, or count one more of a streak that was told of."""
        if not rule.tells(kind):
            return None
        if known is not None:
            streak = replace(known, times=known.times + 1, run=run)
            self._journal.streaks.put(streak)
            return streak
        streak = Streak(task.id, kind, at, run=run)
        self._journal.streaks.put(streak)
        text = words.trouble(task.description, reason, at=at, run=run, zone=config.engine.zone)
        self._tell(config, task, rule, kind, text, at=at)
        return streak

    def _tell(self, config: Config, task: TaskBase, rule: Rule, outcome: str, text: str, *, at: datetime) -> None:
        now = self._now()
        not_before = now if rule.urgent else held_until(now, config.alerts.quiet, config.engine.zone)
        title = self._redact(f"{words.title_of(outcome, task.id)} ({self._host})")
        self._journal.outbox.add(
            Alert(to, task.id, outcome, title, self._redact(text), at, not_before) for to in rule.to
        )


def _starts_itself(task: TaskBase) -> bool:
    return task.active and not isinstance(task.frequency, Manual)
