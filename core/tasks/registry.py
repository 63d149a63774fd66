"""Which walk carries out which type of task."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from core.config.tasks import CsvExportTask, EtlTask, ExportTask, FeedTask, ImportTask
from core.tasks.backup import BackupTask, backup_task
from core.tasks.integrity import IntegrityTask, integrity_task
from core.tasks.retention import RetentionTask, retention_task

if TYPE_CHECKING:
    from core.config.art_connect import InvoicesTask, SettingsTask, UsersTask
    from core.config.artikelbeheer import ArtikelbeheerTask
    from core.config.classification_tasks import EtimTask
    from core.config.crm_tasks import CrmTask
    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.config.two_ba import TwoBaTask
    from core.tasks.context import Outcome, RunContext

REVERT = "revert"
"""The type of a run that puts back what another run changed; there is no task of it."""


def system_tasks(config: Config) -> tuple[TaskBase, ...]:
    """Return Pendel's own tasks (T5)."""
    own = (retention_task(config), integrity_task(config), backup_task(config))
    if config.superoffice is None:
        return own
    from core.config.superoffice import superoffice_task

    return (*own, superoffice_task())


def carry_out(context: RunContext, task: TaskBase | None) -> Outcome:
    """Carry out a run: the walk of its task's type, or a revert where there is no task.

    The walks are imported here, when the first one runs: they bring DuckDB and paramiko with them.
    """
    from core.config.auto_import import AutoImportTask
    from core.config.flows import FlowTask
    from core.config.report_tasks import ReportTask

    match task:
        case None:
            from core.tasks.reverting import run_revert

            return run_revert(context)
        case ImportTask():
            from core.tasks.importing import run_import

            return run_import(context, task)
        case ExportTask():
            from core.tasks.exporting import run_export

            return run_export(context, task)
        case FeedTask():
            from core.tasks.feeding import run_feed

            return run_feed(context, task)
        case CsvExportTask():
            from core.tasks.csv_exporting import run_csv_export

            return run_csv_export(context, task)
        case AutoImportTask():
            from core.tasks.auto_importing import run_auto_import

            return run_auto_import(context, task)
        case EtlTask():
            from core.tasks.transforming import run_etl

            return run_etl(context, task)
        case FlowTask():
            from core.tasks.flowing import run_flow

            return run_flow(context, task)
        case ReportTask():
            from core.tasks.reporting import run_report

            return run_report(context, task)
    return _carry_out_shared(context, task)


def _carry_out_shared(context: RunContext, task: TaskBase) -> Outcome:
    """Carry out a run that exchanges with a data pool or portal (DP)."""
    match task.type:
        case "export-artikelbeheer":
            from core.tasks.artikelbeheer import run_artikelbeheer

            return run_artikelbeheer(context, cast("ArtikelbeheerTask", task))
        case "import-opportunities" | "update-contacts":
            from core.tasks.flowing import run_flow

            return run_flow(context, cast("CrmTask", task).as_flow())
        case "import-etim":
            from core.tasks.etim_importing import run_etim

            return run_etim(context, cast("EtimTask", task))
        case "import-2ba":
            from core.tasks.two_ba_importing import run_two_ba

            return run_two_ba(context, cast("TwoBaTask", task))
        case "artconnect-invoices":
            from core.tasks.art_connect.invoices import run_invoices

            return run_invoices(context, cast("InvoicesTask", task))
        case "artconnect-settings":
            from core.tasks.art_connect.settings import run_settings

            return run_settings(context, cast("SettingsTask", task))
        case "artconnect-users":
            from core.tasks.art_connect.users import run_users

            return run_users(context, cast("UsersTask", task))
    return _carry_out_own(context, task)


def _carry_out_own(context: RunContext, task: TaskBase) -> Outcome:
    """Carry out a run of one of Pendel's own tasks."""
    match task:
        case RetentionTask():
            from core.tasks.retention import run_retention

            return run_retention(context)
        case IntegrityTask():
            from core.tasks.integrity import run_integrity

            return run_integrity(context)
        case BackupTask():
            from core.tasks.backup import run_backup

            return run_backup(context)
    if task.type == "superoffice":
        from core.tasks.superoffice.taking_in import run_superoffice

        return run_superoffice(context)
    raise AssertionError(f"no walk for {type(task).__name__}")
