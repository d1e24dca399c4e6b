"""Writes Sources/Checkpoints/Safety/TorchOperators.swift: the operators of TorchScript that only compute.

  python Fixtures/generate/operators.py
"""

import collections
import pathlib
import re
import textwrap

import torch

TARGET = pathlib.Path(__file__).parents[2] / "Sources/Checkpoints/Safety/TorchOperators.swift"

# What no exported forward pass uses: gradients, optimizers, tests, and what other devices' compilers insert.
UNUSED = re.compile(
    r"^_foreach|_backward|^_test|^_foobar|^_?cudnn|^_?miopen|^_fused|^_nested_(?!tensor_from_mask)|^_validate|_?mps_|_mps|^xpu|_xla|_cuda"
    r"|^_cufft|^_amp|^_cslt|^_segment|^_thnn|^_sparse_semi|^_use|^_philox|^_lazy|_copy$"
)
# Operators that read or write files, speak to other processes, or change more than their operands.
EFFECTS = {"save", "from_file", "dist_backward", "get_gradients", "set_data", "backward"}
PRIM = {
    "NumToTensor", "RaiseException", "Print", "StringIndex", "TupleIndex", "TupleUnpack", "EnumName", "EnumValue", "Uninitialized",
    "abs", "data", "device", "dtype", "grad", "id", "index", "is_cpu", "is_cuda", "is_meta", "is_mkldnn", "is_mps", "is_nested",
    "is_quantized", "is_sparse", "is_sparse_csr", "is_vulkan", "is_xla", "is_xpu", "itemsize", "layout", "max", "min", "name",
    "nbytes", "rangelist", "requires_grad", "tolist", "type", "unchecked_cast", "unchecked_unwrap_optional", "ModuleContainerIndex",
    "AutogradAnyNonZero", "AutogradAllNonZero", "AutogradAllZero", "AutogradZero", "AutogradAdd", "ConstantChunk", "BroadcastSizes",
}
# Of libraries that register their operators when they are imported.
OTHERS = {
    "torchvision": {
        "nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d", "box_iou_rotated", "_cuda_version",
    },
    "prepacked": {
        "conv2d_clamp_prepack", "conv2d_clamp_run", "linear_clamp_prepack", "linear_clamp_run",
        "conv2d_transpose_clamp_prepack", "conv2d_transpose_clamp_run",
    },
}


def main():
    found = collections.defaultdict(set)
    for schema in torch._C._jit_get_all_schemas():
        namespace, name = schema.name.split("::")
        # The form that works in place is named by an underscore behind the name.
        plain = name[:-1] if name.endswith("_") and not name.endswith("__") else name
        found[namespace].add(plain)
    table = {
        "aten": {n for n in found["aten"] if not UNUSED.search(n)} - EFFECTS,
        "prim": PRIM,
        **{n: found[n] for n in ("quantized", "_quantized", "mkldnn_prepacked", "sparse", "onnx")},
        **OTHERS,
    }
    lines = [
        "/// The operators that TorchScript and exported programs may use, by namespace: those of PyTorch",
        "/// " + torch.__version__.rsplit(".", 1)[0] + " and torchvision that compute and do nothing else (written by",
        "/// `Fixtures/generate/operators.py`). A name includes the operator that works in place.",
        "enum TorchOperators {",
        "  static let names: [String: String] = [",
    ]
    for namespace, names in sorted(table.items()):
        text = textwrap.wrap(" ".join(sorted(names)), 94, break_long_words=False, break_on_hyphens=False)
        lines += [f'    "{namespace}": """', *("    " + line for line in text), '    """,']
    TARGET.write_text("\n".join([*lines, "  ]", "}", ""]))


if __name__ == "__main__":
    main()
