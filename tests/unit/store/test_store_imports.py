import subprocess
import sys

LISTS_RUNS = """
import sys
sys.path[:] = {path!r}
import paramdyn.store.run_index, paramdyn.store.run_folder, paramdyn.store.manifest
print(sorted({{"torch", "numpy", "psutil"}} & set(sys.modules)))
import paramdyn.store.snapshots
print("torch" in sys.modules)
"""


def test_listing_runs_loads_no_numpy_and_snapshots_no_torch():
    code = LISTS_RUNS.format(path=sys.path)
    said = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, check=True)
    assert said.stdout.split() == [b"[]", b"False"]
