"""Files that tell of the same requests, sessions, pods, hosts and releases."""
