"""Writes Fixtures/sparse.txt: sparse tensors with right and wrong indices, and whether torch.load(weights_only=True) takes them.

Lines of: name, "accepted" or "refused", the file (the container before 1.6, which is short) by zlib and in base64.
"""

import base64
import pathlib
import tempfile
import warnings
import zlib

import torch

from common import ROOT, save_legacy

warnings.filterwarnings("ignore")
VALUES = torch.tensor([1.0, 2.0])


def coo(indices, size=(3, 3), values=VALUES, **options):
    return torch.sparse_coo_tensor(torch.tensor(indices), values, size, check_invariants=False, **options)


def rows(starts, plain, size=(3, 3), values=VALUES, make=torch.sparse_csr_tensor, kind=torch.int64):
    return make(torch.tensor(starts, dtype=kind), torch.tensor(plain, dtype=kind), values, size, check_invariants=False)


def tensors():
    yield "coo", coo([[0, 1], [1, 2]])
    yield "coo-same-place", coo([[1, 1], [2, 2]])
    yield "coo-too-large", coo([[0, 5], [1, 2]])
    yield "coo-at-the-limit", coo([[0, 2], [1, 3]])
    yield "coo-negative", coo([[0, -5], [1, 2]])
    yield "coo-hybrid", coo([[0, 1]], (3, 2), torch.ones(2, 2))
    yield "coo-hybrid-too-large", coo([[0, 3]], (3, 2), torch.ones(2, 2))
    yield "coo-empty", coo([[], []], values=torch.ones(0))
    yield "coo-coalesced", coo([[0, 1], [1, 2]]).coalesce()
    yield "coo-coalesced-descending", coo([[1, 0], [2, 1]], is_coalesced=True)
    yield "coo-coalesced-twice", coo([[1, 1], [2, 2]], is_coalesced=True)
    yield "csr", rows([0, 1, 2, 2], [1, 2])
    yield "csr-too-large", rows([0, 1, 2, 2], [1, 9])
    yield "csr-negative", rows([0, 1, 2, 2], [1, -1])
    yield "csr-rows", rows([0, 9, 2, 2], [1, 2])
    yield "csr-not-to-the-end", rows([0, 1, 1, 1], [1, 2])
    yield "csr-descending", rows([0, 2, 2, 2], [2, 1])
    yield "csr-twice", rows([0, 2, 2, 2], [1, 1])
    yield "csc-wide", rows([0, 1, 2], [1, 4], (5, 2), make=torch.sparse_csc_tensor)
    yield "csc-too-large", rows([0, 1, 2], [1, 4], (4, 2), make=torch.sparse_csc_tensor)
    yield "csr-int32", rows([0, 1, 2, 2], [1, 2], kind=torch.int32)
    yield "csr-int32-too-large", rows([0, 1, 2, 2], [1, 3], kind=torch.int32)
    yield "bsr", rows([0, 1, 2], [0, 1], (4, 4), torch.ones(2, 2, 2), torch.sparse_bsr_tensor)
    yield "bsr-too-large", rows([0, 1, 2], [0, 7], (4, 4), torch.ones(2, 2, 2), torch.sparse_bsr_tensor)
    yield "bsc", rows([0, 1, 2, 2], [0, 1], (4, 9), torch.ones(2, 2, 3), torch.sparse_bsc_tensor)
    yield "batch", torch.stack([torch.eye(2), torch.eye(2)]).to_sparse_csr()


def main(folder):
    lines = []
    file = pathlib.Path(folder) / "sparse.pth"
    for name, tensor in tensors():
        save_legacy(file, {"s": tensor})
        try:
            torch.load(file, weights_only=True)
            answer = "accepted"
        except Exception:
            answer = "refused"
        lines.append(f"{name} {answer} {base64.b64encode(zlib.compress(file.read_bytes(), 9)).decode()}\n")
    (ROOT / "sparse.txt").write_text("".join(lines))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(folder)
