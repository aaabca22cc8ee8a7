"""How evidence becomes ranked causes."""
