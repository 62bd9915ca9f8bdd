"""Forks workers and sequences from a process that has imported torch: 4 s of imports less for each.

A client says on a socket what to run, and hands its open files over; it hears the process's number,
and in the end its status. A client that is gone was killed: so is what it stood for.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path

MODULES = {"worker": "paramdyn.training.worker", "sequence": "paramdyn_tui.launch.sequence"}


def prepare_all():
    """Import what every run needs."""
    import torch

    torch.set_num_threads(1)
    from paramdyn.specs import RunSpec
    from paramdyn.specs.validation import validate
    from paramdyn.training import prepare

    prepare.prepare(validate(RunSpec()), runs=Path(), data_folder=Path())


def work(order, files):
    """Be the process that was asked for."""
    os.setsid()
    high = [os.dup(file) for file in files]  # none of them is one that another will take
    low = max([*high, *order["files"]]) + 1
    high = [os.dup2(file, low + place) for place, file in enumerate(high)]
    for file, number in zip(high, order["files"], strict=True):
        os.dup2(file, number)
    kept = sorted(order["files"])
    for first, after in zip(kept, [*kept[1:], low + len(high)], strict=True):
        os.closerange(first + 1, after)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [path for path in (order["folder"], *paths) if path not in sys.path]
    sys.argv = [order["what"], *order["arguments"]]
    if order["what"] == "sequence":
        from paramdyn_tui.launch import worker_process

        worker_process.worker_command = lambda given: [*order["client"], "worker", *given]
    return importlib.import_module(MODULES[order["what"]]).main()


def fork(order, files):
    child = os.fork()
    if child:
        return child
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = 70
    try:
        status = work(order, files)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                status = status or 120
        os._exit(status)


def serve(listening, clients):
    """Answer one after the other, until the process that started this one is gone."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready = select.select([0, woken, listening, *clients], [], [])[0]
        if 0 in ready:
            return
        if woken in ready:
            os.read(woken, 4096)
        for client in set(ready) & set(clients):  # it says nothing more: it is gone
            os.kill(clients.pop(client), signal.SIGKILL)
            client.close()
        if listening in ready:
            client = listening.accept()[0]
            text, files, _, _ = socket.recv_fds(client, 1 << 20, 64)
            while not text.endswith(b"\n"):
                text += client.recv(1 << 20)
            clients[client] = fork(json.loads(text), files)
            for file in files:
                os.close(file)
            client.sendall(f"{clients[client]}\n".encode())
        reap(clients)


def reap(clients):
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        for client in [each for each, number in clients.items() if number == child]:
            with contextlib.suppress(OSError):  # of one that was killed
                client.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            client.close()
            del clients[client]


def main():
    prepare_all()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(sys.argv[1])
        listening.listen(64)
        print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
        clients = {}
        try:
            serve(listening, clients)
        finally:
            for child in clients.values():
                os.kill(child, signal.SIGKILL)


main()
