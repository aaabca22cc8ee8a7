"""What people say to FaultMaven and what they see of it, on any platform."""
