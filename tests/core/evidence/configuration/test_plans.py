from __future__ import annotations

from core.evidence.configuration.plans import holds_plan, planned_settings

PLAN = """\
Terraform will perform the following actions:

  # aws_db_instance.orders will be updated in-place
  ~ resource "aws_db_instance" "orders" {
        id   = "orders-1"
      ~ iops = 12000 -> 1000
      ~ tags = {
          ~ Team = "a" -> "b"
        }
      + note = "new"
      ~ arn  = "arn:1" -> (known after apply)
    }

  # aws_security_group_rule.db must be replaced
-/+ resource "aws_security_group_rule" "db" {
      ~ cidr_blocks = [
          - "10.1.0.0/16",
          + "10.2.0.0/16",
        ]
    }

  # aws_s3_bucket.logs will be created
  + resource "aws_s3_bucket" "logs" {
      + bucket = "logs"
    }

Plan: 1 to add, 2 to change, 0 to destroy.
"""


def test_a_plan_tells_each_attribute_with_both_values() -> None:
    planned = list(planned_settings(PLAN.split("\n")))
    assert [each[:4] for each in planned] == [
        ("aws_db_instance.orders", "iops", "12000", "1000"),
        ("aws_db_instance.orders", "tags.Team", "a", "b"),
        ("aws_db_instance.orders", "note", None, "new"),
        ("aws_security_group_rule.db", "cidr_blocks", "10.1.0.0/16", "10.2.0.0/16"),
    ]
    assert planned[0].row == 5


def test_what_was_carried_out_is_read_as_a_log() -> None:
    assert holds_plan(PLAN)
    done = "aws_db_instance.orders: Modifications complete after 2s"
    assert not holds_plan(f"{PLAN}{done}\n")
    assert not holds_plan("# orders will be updated soon")
