"""A resolver on UDP port 53: `names.py answer|nxdomain|servfail`."""

import socket
import sys

CODES = {"answer": 0, "nxdomain": 3, "servfail": 2}
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
    door.bind(("127.0.0.1", 53))
    while True:
        asked, client = door.recvfrom(512)
        end = asked.index(b"\0", 12) + 5
        wants_v4 = asked[end - 4 : end - 2] == b"\0\1"
        is_answered = sys.argv[1] == "answer" and wants_v4
        flags = (0x8180 | CODES[sys.argv[1]]).to_bytes(2, "big")
        counts = b"\0\1" + (b"\0\1" if is_answered else b"\0\0") + b"\0\0\0\0"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if is_answered else b""
        door.sendto(asked[:2] + flags + counts + asked[12:end] + answer, client)
