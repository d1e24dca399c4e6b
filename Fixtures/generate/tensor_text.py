"""Writes Fixtures/tensor_text.pth and what PyTorch prints and computes of its tensors.

    python Fixtures/generate/tensor_text.py

Fixtures/tensor_text.json has for every tensor: `text`, its `repr`, which `print` shows, and `stats`: torch's
min, max, mean and std (N - 1) of the finite elements in double precision, and how many are NaN and infinite;
null for complex and quantised tensors.
"""

import torch
from common import ROOT, VERSIONS, save_zip, seeded, write_json


def window(values, *shape):
    """A large tensor from few bytes: every element is `values` at the sum of its indices."""
    return values.as_strided(shape, [1] * len(shape))


def tensors():
    inf, nan = float("inf"), float("nan")
    ramp = torch.randn(128)
    yield "scalar", torch.tensor(3.14159)
    yield "scalar_whole", torch.tensor(7.0)
    yield "one", torch.tensor([0.5])
    yield "zeros", torch.zeros(2, 2)
    yield "negative_zero", torch.tensor([-0.0, 0.0])
    yield "matrix", torch.randn(3, 4)
    yield "whole", torch.tensor([[1.0, -20.0], [300.0, 4.0]])
    yield "whole_large", torch.tensor([1e5, 2e5])
    yield "scientific_large", torch.tensor([1.0, 123456.0, 2.5])
    yield "scientific_small", torch.tensor([1e-5, 2.5e-5])
    yield "scientific_huge", torch.tensor([3e8, 4e8])
    yield "scientific_whole", torch.tensor([1.0, 1e6])
    yield "ratio_1000", torch.tensor([0.001, 1.0])
    yield "not_finite", torch.tensor([[nan, 1.5], [inf, -inf]])
    yield "not_finite_whole", torch.tensor([nan, 2.0, inf])
    yield "all_nan", torch.full((3,), nan)
    yield "row_wraps", torch.randn(25)
    yield "rows_wrap", torch.randn(2, 12)
    yield "four_dimensions", torch.randn(2, 2, 2, 2)
    yield "empty", torch.empty(0)
    yield "empty_matrix", torch.empty(0, 3)
    yield "empty_int", torch.empty(0, dtype=torch.int64)
    yield "empty_half", torch.empty(2, 0, dtype=torch.float16)
    yield "elements_1000", window(torch.randn(1000), 1000)
    yield "elements_1001", window(torch.randn(1001), 1001)
    yield "summary_matrix", window(ramp, 32, 33)
    yield "summary_cube", window(ramp, 11, 12, 13)
    yield "summary_thin", window(ramp, 2, 2, 3, 100)
    yield "summary_short_rows", window(torch.randn(600), 500, 3)
    yield "summary_int", window(torch.arange(-30, 70), 40, 41)
    yield "summary_wide", ramp.to(torch.float64)[:1].expand(4, 300)
    yield "transposed", torch.randn(3, 5).T
    yield "strided", torch.randn(4, 6)[::2, ::3]
    yield "float64", torch.randn(2, 3, dtype=torch.float64)
    yield "float16", torch.randn(2, 3).to(torch.float16)
    yield "float16_large", torch.tensor([60000.0, 0.0001], dtype=torch.float16)
    yield "bfloat16", torch.randn(2, 3).to(torch.bfloat16)
    yield "float8_e4m3fn", torch.randn(2, 3).to(torch.float8_e4m3fn)
    yield "float8_e5m2", torch.randn(2, 3).to(torch.float8_e5m2)
    yield "int8", torch.tensor([[-128, 127], [0, 5]], dtype=torch.int8)
    yield "int16", torch.tensor([-300, 20], dtype=torch.int16)
    yield "int32", torch.arange(6, dtype=torch.int32).reshape(2, 3)
    yield "int64", torch.tensor([2**62, -1])
    yield "uint8", torch.arange(40, dtype=torch.uint8)
    yield "uint16", torch.tensor([65535, 1], dtype=torch.uint16)
    yield "uint32", torch.tensor([2**32 - 1, 1], dtype=torch.uint32)
    yield "uint64", torch.tensor([2**63 - 1, 1], dtype=torch.uint64)
    yield "bool", torch.tensor([[True, False, True]])
    yield "bool_scalar", torch.tensor(False)
    yield "complex64", torch.randn(2, 2, dtype=torch.complex64)
    yield "complex128", torch.randn(3, dtype=torch.complex128)
    yield "complex_scalar", torch.tensor(1 - 2j)
    yield "conjugated", torch.tensor([1 + 2j, 3 - 4j]).conj()
    yield "quantised", torch.quantize_per_tensor(torch.randn(2, 3), 0.05, 3, torch.qint8)
    yield "quantised_channels", torch.quantize_per_channel(
        torch.randn(2, 3), torch.tensor([0.1, 0.05]), torch.tensor([0, 2]), 0, torch.quint8)
    yield "quantised_row", torch.quantize_per_tensor(torch.randn(30), 1e-5, 128, torch.quint8)
    yield "quantised_summary", torch.quantize_per_tensor(torch.randn(1100), 0.125, 0, torch.qint32)
    yield "meta_row", torch.empty(3, dtype=torch.int64, device="meta")
    yield "meta", torch.empty(2, 3, device="meta")


def statistics(tensor):
    if tensor.is_complex() or tensor.is_quantized or tensor.is_meta:
        return None
    values = tensor.double() if tensor.dtype.itemsize != 8 or tensor.is_floating_point() else tensor.to(torch.float64)
    finite = values[values.isfinite()]
    some = finite.numel() > 0
    return {
        "min": finite.min().item() if some else None,
        "max": finite.max().item() if some else None,
        "mean": finite.mean().item() if some else None,
        "std": finite.std().item() if finite.numel() > 1 else None,
        "nan": int(values.isnan().sum()),
        "inf": int(values.isinf().sum()),
    }


@seeded
def main():
    made = dict(tensors())
    path = ROOT / "tensor_text.pth"
    save_zip(path, made)
    loaded = torch.load(path)
    truth = [{"name": name, "text": repr(value), "stats": statistics(value)} for name, value in loaded.items()]
    write_json(path.with_suffix(".json"), {"tensors": truth, "generator": VERSIONS})


if __name__ == "__main__":
    main()
