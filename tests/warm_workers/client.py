"""Stands for a process that the server forks: the same files, environment, signals and status."""

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    mine = server.fileno()
    files = []
    for file in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        with contextlib.suppress(OSError):  # the listing itself is closed
            os.fstat(file)
            if file != mine:
                files.append(file)
    order = {
        "what": sys.argv[2],
        "arguments": sys.argv[3:],
        "client": [sys.executable, *sys.orig_argv[1 : 2 - len(sys.argv)]],
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "files": files,
    }
    words = json.dumps(order).encode() + b"\n"
    sent = socket.send_fds(server, [words], files)
    server.sendall(words[sent:])
    said = server.makefile()
    child = int(said.readline())
    for file in files:
        if file != 2:
            os.close(file)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, lambda number, _: os.kill(child, number))
    status = int(said.readline())
if status < 0:
    if status != -signal.SIGKILL:
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
sys.exit(status)
