"""How systems write series of measurements, a format a file."""
