"""The library's reports about checkpoints, and the functions that make them."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Mapping, Sequence
from ctypes import c_void_p
from html import escape
from typing import Any, Optional, Union

from . import _library
from ._checkpoint import Checkpoint, file_name
from ._errors import ArgumentError, LoadError, UnsafeFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Path

Revision = Union[str, tuple[str, str]]


def ask(name: str, *arguments: Any) -> Any:
    """Calls a function of the library that returns JSON, and parses the JSON."""
    answer = c_void_p()
    _library.call(name, *arguments, ctypes.byref(answer))
    return json.loads(_library.take_text(answer))


def request(**options: Any) -> bytes:
    """Options as JSON for the library, without options that are None."""
    return json.dumps(
        {key: value for key, value in options.items() if value is not None}).encode()


def opened(source: Union[Path, Checkpoint], key: Optional[str] = None) -> Checkpoint:
    """The checkpoint; a path is opened."""
    if isinstance(source, Checkpoint):
        if key is not None and key != source.key:
            raise ValueError("the checkpoint is open already: give `key` to pthconv.open")
        return source
    return Checkpoint(source, key=key)


def revisions(pairs: Sequence[Revision]) -> list[list[str]]:
    """Pairs of regular expression and replacement, given as in mmengine or as `regex=replacement`."""
    made = []
    for pair in pairs:
        if isinstance(pair, str):
            pattern, sign, replacement = pair.rpartition("=")
            if not sign:
                raise ValueError(f"cannot use the key revision {pair!r}: write REGEX=REPLACEMENT")
        else:
            pattern, replacement = pair
        made.append([pattern, replacement])
    return made


class Report(Mapping[str, Any]):
    """A report of the library as a read-only mapping, with the fields in `docs/json.md`."""

    def __init__(self, fields: Any, path: str = "") -> None:
        self._fields = fields
        #: The file that the report is about.
        self.path = path

    def __getitem__(self, key: str) -> Any:
        return self._fields[key]

    def __iter__(self) -> Any:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain Python values."""
        return json.loads(json.dumps(self._fields))

    def to_json(self, indent: Optional[int] = None) -> str:
        """The report as JSON."""
        return json.dumps(self._fields, indent=indent)

    def __repr__(self) -> str:
        return f"<pthconv.{type(self).__name__} of {self.path!r}>"


class Page(Report):
    """A report that has an HTML page."""

    #: The command that makes the report.
    _command = ""

    def summary(self) -> str:
        """One sentence."""
        return str(self.get("verdict", ""))

    def to_html(self) -> str:
        """The report as an HTML page that loads nothing else, the same as `--html` writes."""
        page = c_void_p()
        _library.call(
            "pthconv_html", self.to_json().encode(),
            request(report=self._command, file=self.path), ctypes.byref(page))
        return _library.take_text(page)

    def _repr_html_(self) -> str:
        """The display in a notebook: a sentence, with the page in an iframe below it."""
        return (
            f"<details><summary><b>{escape(os.path.basename(self.path))}</b>: "
            f"{escape(self.summary())}</summary>"
            '<iframe sandbox="allow-scripts" loading="lazy" style="width:100%;height:40em;border:0" '
            f'srcdoc="{escape(self.to_html())}"></iframe></details>')


class InspectReport(Page):
    """The report about the contents of a checkpoint."""

    _command = "inspect"

    def summary(self) -> str:
        """One sentence."""
        return f"{self['format']}, {len(self['tensors'])} tensors, {self['safety']}"

    @property
    def metadata(self) -> Any:
        """The metadata beside the state dict: epoch, settings…"""
        return self["metadata"]

    @property
    def architecture(self) -> Optional[dict[str, Any]]:
        """The detected backbone; None if none was detected."""
        return self["architecture"]


class ScanReport(Report):
    """The report about whether a file could run code when Python loads it."""

    @property
    def verdict(self) -> str:
        """`safe`, `unknown` or `dangerous`."""
        return self["safety"]

    @property
    def is_safe(self) -> bool:
        """Whether all parts of the file that a reader would interpret were understood and are harmless."""
        return self.verdict == "safe"

    @property
    def reasons(self) -> list[str]:
        """Sentences about the globals and findings that are not safe."""
        reasons = [
            f"{item['module']}.{item['name']} {item.get('reason', '')}".strip()
            for item in self["globals"] if item["verdict"] != "safe"]
        return reasons + [
            f"{item['part'] or 'the file'} {item['text']}" for item in self["findings"]
            if item["verdict"] != "safe"]

    def raise_if_dangerous(self) -> None:
        """Raises `UnsafeFileError` unless the file is safe: an `unknown` file may be dangerous."""
        if not self.is_safe:
            reasons = self.reasons
            more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
            raise UnsafeFileError(
                f"{self.path}: {self.verdict}: {'; '.join(reasons[:3])}{more}", self)

    def __repr__(self) -> str:
        return f"<pthconv.ScanReport of {self.path!r}: {self.verdict}>"


class MapReport(Page):
    """The result of a mapping for every key of a checkpoint and of its target."""

    _command = "map"

    @property
    def verdict(self) -> str:
        """`complete`, `foreign`, `partial` or `nothing`, as explained in `docs/mapping.md`."""
        return self["verdict"]

    @property
    def coverage(self) -> float:
        """The share of the target's keys that are loaded, from 0 to 1."""
        return self["coverage"]["keys"]

    @property
    def loaded(self) -> dict[str, str]:
        """The key in the file for each target key that is loaded."""
        return {item["target"]: item["source"] for item in self["loaded"]}

    @property
    def missing(self) -> list[str]:
        """The target keys for which the file has no tensor."""
        return [item["target"] for item in self["missing"]]

    @property
    def unexpected(self) -> list[str]:
        """The keys of the file that have no place in the target."""
        return [item["source"] for item in self["unexpected"]]

    @property
    def mismatched(self) -> list[str]:
        """The target keys whose tensor in the file has another shape, or a dtype that does not fit."""
        return [item["target"] for item in self["mismatched"]]

    @property
    def warnings(self) -> list[str]:
        """Sentences about problems that matter before training."""
        return [item["message"] for item in self["warnings"]]

    def summary(self) -> str:
        """One sentence."""
        loaded = len(self["loaded"])
        all_keys = loaded + len(self["missing"]) + len(self["mismatched"])
        parts = [f"{loaded} of {all_keys} keys loaded"] + [
            f"{len(self[kind])} {kind}" for kind in ("missing", "mismatched", "unexpected")
            if self[kind]]
        return f"{self.verdict}: {', '.join(parts)}"

    def require(self, *, strict: bool = False, min_coverage: Optional[float] = None) -> None:
        """Raises `LoadError` if not enough is loaded.

        Args:
            strict: Whether any missing, mismatched or unexpected key is an error.
            min_coverage: The share of the target's keys that must be loaded, from 0 to 1.
        """
        if strict and (self["missing"] or self["mismatched"] or self["unexpected"]):
            raise LoadError(f"{self.path}: {self.summary()}{self._examples()}", self)
        if min_coverage is not None and self.coverage < min_coverage:
            raise LoadError(
                f"{self.path}: {self.summary()}, {self.coverage:.1%} where {min_coverage:.1%} are "
                f"asked for{self._examples()}", self)

    def _examples(self) -> str:
        names = [f"{name} ({kind})" for kind in ("missing", "mismatched", "unexpected")
                 for name in getattr(self, kind)[:2]]
        return f": {', '.join(names)}" if names else ""

    def __str__(self) -> str:
        lines = [f"{os.path.basename(self.path)}: {self.summary()}"]
        for kind in ("missing", "mismatched", "unexpected"):
            names = getattr(self, kind)
            if names:
                more = f" and {len(names) - 5} more" if len(names) > 5 else ""
                lines.append(f"  {kind}: {', '.join(names[:5])}{more}")
        return "\n".join(lines + [f"  warning: {text}" for text in self.warnings])

    def __repr__(self) -> str:
        return f"<pthconv.MapReport of {self.path!r}: {self.summary()}>"


class VerifyReport(Page):
    """The report about whether a backbone with a checkpoint's weights computes the same as the original."""

    _command = "verify"

    @property
    def verdict(self) -> str:
        """`proven`, `supported`, `consistent`, `unproven` or `failed`, as explained in
        `docs/verify.md`."""
        return self["verdict"]

    @property
    def passed(self) -> bool:
        """Whether the verdict is `proven`, `supported` or `consistent`."""
        return self["pass"]

    @property
    def labels(self) -> dict[str, list[tuple[str, float]]]:
        """The labels that the file's own classifier gives each of `images`, with their probabilities;
        `class 7` if the classifier does not have ImageNet's 1000 classes. Empty if they are hidden:
        `report["labels"]["hidden"]` has the reason. The labels do not change the verdict."""
        found = self["labels"] or {}
        return {
            image["file"]: [(guess["label"] or f"class {guess['class']}", guess["probability"])
                            for guess in image["top"]]
            for image in found.get("images", [])}

    def __repr__(self) -> str:
        return f"<pthconv.VerifyReport of {self.path!r}: {self.verdict}>"


class DiffReport(Report):
    """The differences between two checkpoints."""

    @property
    def equal(self) -> bool:
        """Whether both checkpoints have the same keys with the same shapes, dtypes and values."""
        return self["equal"]

    def __bool__(self) -> bool:
        """True if the checkpoints are not equal."""
        return not self.equal

    def __repr__(self) -> str:
        return f"<pthconv.DiffReport of {self.path!r}: {'equal' if self.equal else 'different'}>"


def inspect(source: Union[Path, Checkpoint], *, key: Optional[str] = None,
            statistics: bool = False, histograms: bool = False, checksum: bool = False
            ) -> InspectReport:
    """Reports the contents of a checkpoint: its format, tensors, metadata and safety.

    Args:
        source: A path or an opened checkpoint.
        key: Dotted path of the state dict in the file.
        statistics: Whether to add minimum, maximum, mean… of every tensor, which reads all tensors.
        histograms: Whether to add a histogram of every tensor.
        checksum: Whether to add the SHA-256 of the file and to check the CRC of every zip entry.
    """
    checkpoint = opened(source, key)
    options = request(statistics=statistics, histograms=histograms, checksum=checksum)
    return InspectReport(
        ask("pthconv_inspect", checkpoint._handle.pointer, options), checkpoint.path)


def scan(path: Path) -> ScanReport:
    """Judges whether a file could run code when Python loads it. No code in the file is run.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: The file cannot be read, so it was not judged.
    """
    return ScanReport(ask("pthconv_scan", file_name(path)), os.fsdecode(path))


def map(source: Union[Path, Checkpoint], backbone: Optional[str] = None, *,
        target: Union[Path, Checkpoint, None] = None, flavor: Optional[str] = None,
        key: Optional[str] = None, prefix: Optional[str] = None,
        revise_keys: Sequence[Revision] = (), source_flavor: Optional[str] = None,
        **arguments: Any) -> MapReport:
    """Reports which parameters of a backbone, or of another checkpoint, a checkpoint fills.

    Args:
        source: A path or an opened checkpoint.
        backbone: A name of the registry (`Res2Net`) or a published one (`res2net50_26w_6s`).
        target: In place of a backbone: a checkpoint whose keys and shapes are to be filled.
        flavor: The implementation whose names and arithmetic the target has.
        key: Dotted path of the state dict in the file.
        prefix: The prefix of the backbone's keys in the file; `None` finds it.
        revise_keys: Pairs of a regular expression and its replacement, as in mmengine.
        source_flavor: The implementation that the file was trained with; `None` detects it.
        arguments: The backbone's arguments, such as `depth=50`; arguments left out are detected.
    """
    if (backbone is None) == (target is None):
        raise ArgumentError("map takes a backbone or a target, one of them")
    if target is not None and (arguments or flavor):
        raise ArgumentError("options about a backbone need one: say which backbone")
    checkpoint = opened(source, key)
    entries = None if target is None else [
        {"name": row.name, "shape": row.shape, "dtype": row.dtype}
        for row in opened(target)._rows]
    options = request(
        backbone=backbone, target=entries, flavor=flavor, arguments=_literals(arguments),
        prefix=prefix, revise_keys=revisions(revise_keys), source_flavor=source_flavor)
    return MapReport(ask("pthconv_map", checkpoint._handle.pointer, options), checkpoint.path)


def verify(source: Union[Path, Checkpoint], backbone: str, *, reference: Optional[Path] = None,
           input: Optional[Path] = None, seed: int = 0, size: tuple[int, int] = (224, 224),
           tolerance: Optional[float] = None, engine: str = "both", threads: Optional[int] = None,
           layers: bool = False, feature_maps: bool = False,
           images: Optional[Sequence[Path]] = None, flavor: Optional[str] = None,
           key: Optional[str] = None, prefix: Optional[str] = None, revise_keys: Sequence[Revision] = (),
           source_flavor: Optional[str] = None, **arguments: Any) -> VerifyReport:
    """Runs a backbone with a checkpoint's weights and reports whether it computes the same as the original.

    Args:
        reference: A file with the original's outputs (npz, npy, pth, safetensors).
        input: A file with a tensor or an image to run on; `None` makes `torch.randn` with `seed` and
            `size`.
        tolerance: The largest relative L2 error of a stage; `None` takes 1e-4, or more if half precision
            moves the outputs further.
        engine: `both`, `reference` or `onednn`.
        threads: The threads of an engine; `None` takes all cores.
        layers: Whether to report every node.
        feature_maps: Whether to add pictures of the stages' outputs.
        images: Photographs (PNG, JPEG) of the kind that the network was trained with; the batch norms'
            statistics on them are compared with the recorded ones.

    The other arguments are those of `map`.
    """
    checkpoint = opened(source, key)
    options = request(
        backbone=backbone, flavor=flavor, arguments=_literals(arguments), prefix=prefix,
        revise_keys=revisions(revise_keys), source_flavor=source_flavor,
        reference=None if reference is None else os.fspath(reference),
        input=None if input is None else os.fspath(input), seed=seed, size=list(size),
        tolerance=tolerance, engine=engine, threads=threads, layers=layers,
        feature_maps=feature_maps,
        images=None if images is None else [os.fspath(path) for path in images])
    return VerifyReport(ask("pthconv_verify", checkpoint._handle.pointer, options), checkpoint.path)


def diff(first: Union[Path, Checkpoint], second: Union[Path, Checkpoint], *,
         tolerance: float = 0.0) -> DiffReport:
    """Compares the tensors of two checkpoints, which may have different containers.

    Args:
        tolerance: The largest distance of two elements that is not a difference.
    """
    one, other = opened(first), opened(second)
    return DiffReport(
        ask("pthconv_diff", one._handle.pointer, other._handle.pointer,
            request(tolerance=tolerance)), one.path)


def _literals(arguments: dict[str, Any]) -> list[str]:
    """A backbone's arguments as Python literals."""
    return [f"{name}={value!r}" for name, value in arguments.items()]
