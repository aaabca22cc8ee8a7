"""Alerts: what sources say of them, their deliveries, and the routes to the cases they open."""
