"""What tools report of a machine or a test at one moment, written for people."""
