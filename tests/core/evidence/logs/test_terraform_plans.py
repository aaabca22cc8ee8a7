"""What Terraform changed is told by the plan of the resource."""

from __future__ import annotations

import polars as pl
import pytest

from core.evidence.logs.terraform_plans import planned_change

LOG = """\
Terraform will perform the following actions:

  # aws_ecs_service.orders will be updated in-place
  ~ resource "aws_ecs_service" "orders" {
      ~ desired_count = 3 -> 5
        name          = "orders"
      ~ task          = "orders:41" -> (known after apply)
    }

  # aws_sqs_queue.invoices must be replaced
-/+ resource "aws_sqs_queue" "invoices" {
      + delay_seconds = 90
    }

Plan: 1 to add, 1 to change, 1 to destroy.
aws_ecs_service.orders: Modifying... [id=orders]
aws_ecs_service.orders: Modifications complete after 2s [id=orders]
aws_sqs_queue.invoices: Creation complete after 1s
aws_instance.edge: Creation complete after 9s""".splitlines()


@pytest.mark.parametrize(
    ("row", "rows", "text"),
    [
        (16, (2, 4), "aws_ecs_service.orders: desired_count = 3 -> 5"),
        (17, (9, 11), "aws_sqs_queue.invoices: delay_seconds = 90"),
    ],
)
def test_a_resource_is_told_with_its_difference(row: int, rows: tuple[int, int], text: str) -> None:
    plan = planned_change(pl.Series(LOG), row)
    assert plan is not None
    assert (plan.row, plan.end) == rows
    assert plan.text == text


@pytest.mark.parametrize("row", [2, 15, 18], ids=["a plan", "not done yet", "without a plan"])
def test_other_lines_are_told_as_they_are(row: int) -> None:
    assert planned_change(pl.Series(LOG), row) is None


def test_a_plan_without_its_sentences_is_told_by_its_resource() -> None:
    bare = [line for line in LOG if not line.lstrip().startswith("#")]
    plan = planned_change(pl.Series(bare), 14)
    assert plan is not None
    assert plan.text == "aws_ecs_service.orders: desired_count = 3 -> 5"
    assert (plan.row, plan.end) == (2, 3)
