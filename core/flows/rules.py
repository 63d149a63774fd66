"""Records made ready for a target: filtered, completed, and held against what it takes (FL2 to FL6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.flows.record import LINES, Record, Unfit, is_family, typed, under
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.config.flow_kinds import Kind
    from core.config.flows import FlowFilter, FlowTask, StockRules

EMPLOYEE = "999999"
"""Who is named where a target wants an employee and nobody is set: what the systems of this trade take for nobody."""


def passes(record: Mapping[str, Any], filters: Iterable[FlowFilter]) -> bool:
    """Whether a record is one that the flow takes along."""
    return all(_holds(record.get(each.field), each) for each in filters)


def _holds(value: Any, condition: FlowFilter) -> bool:
    filled = value is not None
    if condition.filled is not None and filled != condition.filled:
        return False
    text = plain(value) if filled else ""
    if (condition.is_ and text not in condition.is_) or text in condition.not_:
        return False
    if condition.at_least is None and condition.at_most is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return (condition.at_least is None or value >= Decimal(str(condition.at_least))) and (
        condition.at_most is None or value <= Decimal(str(condition.at_most))
    )


def completed(record: Record, kind: Kind, task: FlowTask) -> Record:
    """Return a record with what the flow adds: defaults, lines for costs, stock as it counts, sort of customer.

    Raises:
        Unfit: an article number is none that the target takes.
    """
    result = dict(record)
    for part in (LINES, *kind.parts):
        if part in result:
            result[part] = [dict(each) for each in result[part]]
    match kind.name:
        case "stock":
            _count_stock(result, task.stock)
        case "customers":
            _name_customer(result)
        case "products":
            _name_product(result)
    if kind.name == "sales-entries" and not result.get(LINES) and "total" in result:
        # A receipt without lines is one line: what it comes to.
        result[LINES] = [{"total": result["total"], "description": result.get("remark") or result.get("number")}]
    if kind.lines:
        _add_lines(result, task)
        for number, line in enumerate(result.get(LINES, ()), start=1):
            line.setdefault("line", number)
    _fill(result, kind, task.defaults)
    if task.digits_only:
        _only_digits(result, kind)
    return result


def _fill(record: Record, kind: Kind, defaults: Mapping[str, str]) -> None:
    for name, text in defaults.items():
        declared = kind.placed(name)
        if declared is None:
            continue
        place = next((each for each in (LINES, *kind.parts) if name.startswith(f"{each}.")), "")
        field = name.removeprefix(f"{place}.") if place else name
        for table in record.get(place, ()) if place else (record,):
            table.setdefault(field, typed(text, declared))
    if kind.type_of("employee") is not None:
        record.setdefault("employee", EMPLOYEE)


def _add_lines(record: Record, task: FlowTask) -> None:
    rules = task.documents
    for article, field, sign in (
        (rules.shipping_article, "shipping_cost", 1),
        (rules.discount_article, "discount_amount", -1),
    ):
        amount = record.get(field)
        if article and amount:
            line = {"article": article, "quantity": Decimal(1), "price": sign * abs(amount)}
            record.setdefault(LINES, []).append(line)
            del record[field]


def _count_stock(record: Record, rules: StockRules) -> None:
    if rules.in_stock is not None:
        record["quantity"] = Decimal(rules.in_stock)
    else:
        on_hand, reserved = record.get("on_hand"), record.get("reserved", Decimal(0))
        free = None if on_hand is None else on_hand - reserved
        planned = record.get("planned_in", Decimal(0)) - record.get("planned_out", Decimal(0))
        counts = {
            "available": record.get("available", free),
            "free": free,
            "on_hand": on_hand,
            "projected": None if on_hand is None else on_hand + planned,
        }
        found = counts[rules.count]
        if found is not None:
            record["quantity"] = found
    if "quantity" not in record:
        raise Unfit("The source does not say the stock that is to be sent.", advice="Choose another count under stock.")
    if rules.manage_stock is not None:
        record["manage_stock"] = rules.manage_stock


def _only_digits(record: Mapping[str, Any], kind: Kind) -> None:
    field = {"products": "number", "stock": "article"}.get(kind.name)
    numbers = [record.get(field)] if field else [line.get("article") for line in record.get(LINES, ())]
    numbers += [variant.get("number") for variant in record.get("variants", ())]
    for number in numbers:
        if number is not None and not (str(number).isascii() and str(number).isdecimal()):
            raise Unfit(
                f"The article number {number} has other characters than digits, and the target takes nothing else.",
                advice="Nothing was sent. Give the article a number of digits at the source.",
            )


def _name_product(product: Record) -> None:
    """Say of a product of which kind it is, where that is more than a product; and its first category."""
    if is_family(product):
        product["kind"] = "configurable"
    elif product.get("parent"):
        product.setdefault("kind", "variant")
    if product.get("kind") == "virtual":
        # There is nothing to lie in a warehouse.
        product.setdefault("stocked", False)
    direct = [each for each in product.get("categories", ()) if each.get("direct") is not False]
    if direct and "code" in direct[0]:
        product.setdefault("category", direct[0]["code"])


def customer_of(record: Mapping[str, Any]) -> Record:
    """Return the customer of a document: who ordered, at the address that is billed."""
    customer = under(record, "customer")
    for name, value in under(record, "billing").items():
        customer.setdefault(name, value)
    for name, value in under(record, "delivery").items():
        customer.setdefault(f"delivery.{name}", value)
    if record.get("currency"):
        customer.setdefault("currency", record["currency"])
    if record.get("payment_condition"):
        customer.setdefault("payment_condition", record["payment_condition"])
    _name_customer(customer)
    return customer


def _name_customer(customer: Record) -> None:
    """Tell a company from a person: one that has a company name, which blanks are not, is a company."""
    person = " ".join(part for part in (customer.get("first_name"), customer.get("last_name")) if part)
    if customer.get("company"):
        customer["kind"] = "company"
        customer["name"] = customer["company"]
        if not customer.get("last_name") and person:
            customer["last_name"] = person
    else:
        customer["kind"] = "person"
        if not customer.get("name") and person:
            customer["name"] = person
