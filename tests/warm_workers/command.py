"""The command line as a process; what it starts is forked by the server."""

import json
import os
import sys

from paramdyn_tui.__main__ import main
from paramdyn_tui.launch import sequence_process, worker_process

client = json.loads(os.environ["TEST_CLIENT"])
worker_process.worker_command = lambda given: [*client, "worker", *given]
sequence_process.sequence_command = lambda: [*client, "sequence"]
sys.exit(main())
