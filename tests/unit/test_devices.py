import json
import os
import warnings

import pytest
import torch

from paramdyn import devices
from paramdyn.errors import DeviceError

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda", 0), torch.device("mps")


@pytest.fixture(autouse=True)
def _restored_settings():
    threads = torch.get_num_threads()
    cudnn = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    workspace = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    yield
    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
    devices._set_tf32(False)
    if workspace is None:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def one_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "H200")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_auto_is_the_cpu():
    assert CPU == devices.resolve_device("auto") == devices.resolve_device("cpu")


@pytest.mark.usefixtures("one_gpu")
def test_with_a_gpu_auto_is_the_first_one():
    assert CUDA == devices.resolve_device("auto") == devices.resolve_device("cuda")
    with pytest.raises(DeviceError, match=r"no 'cuda:3': torch sees 1 .*cuda:0 \(H200\)"):
        devices.resolve_device("cuda:3")
    with pytest.raises(DeviceError, match=r"no 'cuda:1': torch sees 1 "):
        devices.resolve_device("cuda:1")


@pytest.mark.usefixtures("no_gpu")
def test_on_a_mac_auto_is_mps(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert MPS == devices.resolve_device("auto") == devices.resolve_device("mps")


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps"])
def test_an_absent_device_is_answered_with_what_torch_sees(name):
    with pytest.raises(DeviceError) as caught:
        devices.resolve_device(name)
    message = str(caught.value)
    assert message.startswith(f"training.device: '{name}' is not available. Torch ")
    assert "sees 0 CUDA device(s), mps no. Use --device cpu or auto" in message


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda1", "", "cpu:0"])
def test_unknown_names(name):
    with pytest.raises(
        DeviceError, match=r"unknown device.*Expected auto, cpu, cuda, cuda:N or mps"
    ):
        devices.resolve_device(name)


@pytest.mark.usefixtures("one_gpu")
@pytest.mark.parametrize(
    ("device", "precision", "message"),
    [
        (CPU, "tf32", "'tf32' does not exist on 'cpu': it is a mode of NVIDIA's tensor cores"),
        (MPS, "tf32", "'tf32' does not exist on 'mps'"),
        (MPS, "bf16", "'bf16' is not supported on 'mps'. Use fp32"),
        (CUDA, "tf32", "'H200' has no such tensor cores"),
        (CUDA, "bf16", "'H200' has no such tensor cores"),
        (CPU, "fp16", "unknown. Expected fp32, tf32, bf16. Weights are always kept in float32"),
    ],
)
def test_precision_that_means_nothing_is_refused_with_the_reason(device, precision, message):
    with pytest.raises(DeviceError, match=message):
        devices.check_precision(device, precision)


def test_configure_leaves_nothing_to_torchs_defaults(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.backends.cudnn.benchmark = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        devices.configure(CPU, precision="fp32", threads=2)
    assert 2 == torch.get_num_threads()
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark
    assert ":4096:8" == os.environ["CUBLAS_WORKSPACE_CONFIG"]
    assert ("ieee", "ieee") == (
        torch.backends.cuda.matmul.fp32_precision,
        torch.backends.cudnn.conv.fp32_precision,
    )
    monkeypatch.setattr(devices, "_DEFAULT_THREADS", 3)
    devices.configure(CPU, precision="bf16", threads=0)
    assert 3 == torch.get_num_threads()
    assert "ieee" == torch.backends.cuda.matmul.fp32_precision  # outside autocast


def test_tf32_is_set_for_products_and_convolutions_and_both_interfaces_agree():
    """Torch raises where it reads its old interface and the two differ."""
    for enabled, name in ((True, "tf32"), (False, "ieee")):
        devices._set_tf32(enabled)
        assert name == torch.backends.cuda.matmul.fp32_precision
        assert name == torch.backends.cudnn.conv.fp32_precision
        assert "ieee" == torch.backends.mkldnn.matmul.fp32_precision
        assert enabled == torch.backends.cuda.matmul.allow_tf32 == torch.backends.cudnn.allow_tf32
        assert ("high" if enabled else "highest") == torch.get_float32_matmul_precision()


def test_bf16_is_autocast_and_the_rest_is_nothing():
    weight = torch.ones(2, 2)
    with devices.autocast(CPU, "bf16"):
        assert torch.bfloat16 == (weight @ weight).dtype
        assert not torch.is_autocast_cache_enabled()
    with devices.autocast(CPU, "fp32"):
        assert torch.float32 == (weight @ weight).dtype


def test_the_description_is_plain_data():
    found = devices.describe()
    assert found == json.loads(json.dumps(found))
    assert torch.__version__ == found["torch"]
    assert found["memory_bytes"] > 0
    assert found["logical_cores"] >= 1
    assert found["processor"] == devices.device_name(CPU) != ""


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "tf32"])
def test_on_a_gpu_tf32_rounds_and_fp32_does_not(precision):
    device = devices.resolve_device("cuda")
    devices.configure(device, precision=precision)
    values = torch.rand(256, 256, generator=torch.Generator().manual_seed(0))
    exact = (values.double() @ values.double()).float()
    error = ((values.to(device) @ values.to(device)).cpu() - exact).abs().max() / exact.max()
    assert (precision == "tf32") == (error.item() > 1e-5)
    assert devices.device_name(device) == devices.describe()["cuda_devices"][0]["name"]
