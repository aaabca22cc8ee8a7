"""What machines tell us: alerts, their deliveries and the cases they belong to."""
