import PthTensors

/// A file format that can be written; ``all`` is the table of them.
package struct OutputFormat: Sendable {
  /// As on the command line.
  package let name: String
  /// Endings of file names that stand for it, without the dot; none for one that has to be named.
  package let extensions: [String]
  /// For people.
  package let summary: String
  /// Names of the types it can hold.
  let holds: @Sendable (DType) -> Bool
  /// Why it cannot have a tensor of this name; nil if it can.
  let nameFault: @Sendable (String) -> String?
  /// Lays a file out. The last argument is the file's name without its ending.
  let layout: @Sendable (OutputContents, OutputOptions, String) throws -> FileLayout

  /// A format for the table, or one that is made when it is needed because it also takes something
  /// else than a state dict.
  ///
  /// - Parameters:
  ///   - holds: Whether it has a dtype.
  ///   - nameFault: Why it cannot have a tensor of this name, as the end of a sentence.
  ///   - layout: Lays a file out; the last argument is its name without the ending.
  package init(
    name: String, extensions: [String], summary: String,
    holds: @escaping @Sendable (DType) -> Bool,
    nameFault: @escaping @Sendable (String) -> String? = { _ in nil },
    layout: @escaping @Sendable (OutputContents, OutputOptions, String) throws -> FileLayout
  ) {
    self.name = name
    self.extensions = extensions
    self.summary = summary
    self.holds = holds
    self.nameFault = nameFault
    self.layout = layout
  }

  /// The table: a new format is a line here.
  package static let all = [torch, torchLegacy, safetensors, npz]

  /// The format of this name.
  package static func named(_ name: String) -> OutputFormat? { all.first { $0.name == name } }

  /// The format that the ending of a file name stands for.
  package static func forFile(_ path: String) -> OutputFormat? {
    let ending = path.split(separator: "/").last?.split(separator: ".").last?.lowercased()
    return all.first { format in format.extensions.contains { $0 == ending } }
  }

  /// Whether it is a pickle, which can hold more than tensors.
  package var isTorch: Bool { [Self.torch.name, Self.torchLegacy.name].contains(name) }

  package static let torch = OutputFormat(
    name: "torch", extensions: ["pth", "pt", "ckpt", "bin"],
    summary: "PyTorch's zip container (torch.save since 1.6)",
    holds: { $0.elementsPerByte == 1 || $0.isQuantized },
    layout: TorchZipLayout.layout)

  package static let torchLegacy = OutputFormat(
    name: "torch-legacy", extensions: [],
    summary: "PyTorch's container before 1.6, for old versions",
    holds: { TorchNames.storageClass($0) != nil },
    layout: TorchLegacyLayout.layout)

  package static let safetensors = OutputFormat(
    name: "safetensors", extensions: ["safetensors"], summary: "safetensors",
    holds: { SafetensorsLayout.codes[$0] != nil },
    nameFault: { $0 == "__metadata__" ? "is a reserved name in safetensors" : nil },
    layout: { contents, _, _ in try SafetensorsLayout.layout(contents) })

  package static let npz = OutputFormat(
    name: "npz", extensions: ["npz"], summary: "numpy's archive (numpy.load)",
    holds: { NumpyDType.descriptor($0) != nil },
    nameFault: { name in
      if name.contains("\0") { return "has a NUL in its name, which npz cannot hold" }
      // Each name becomes an entry of a zip archive, with ".npy" behind it.
      return name.utf8.count > Int(UInt16.max) - 4
        ? "has a name of more than 65,531 bytes, which npz cannot hold" : nil
    },
    layout: { contents, _, _ in try NpzLayout.layout(contents) })

  /// Looks for everything that would keep the contents from being written, before a byte is.
  ///
  /// - Throws: ``WriteError`` that names the first tensor at fault.
  package func check(_ contents: OutputContents, path: String) throws(WriteError) {
    var names: Set<String> = []
    var lost: [(name: String, dtype: DType)] = []
    for entry in contents.entries {
      func fail(_ reason: String) -> WriteError {
        WriteError(path: path, part: entry.name, reason: reason)
      }
      guard names.insert(entry.name).inserted else {
        throw fail("two tensors would have this name; rename one of them")
      }
      if let fault = nameFault(entry.name) { throw fail(fault) }
      guard !entry.tensor.storage.isMeta else {
        throw fail("is on the meta device and has no data; leave it out")
      }
      guard !entry.tensor.exceedsExpansionLimit else {
        throw fail("repeats a far smaller storage too often to be written out; leave it out")
      }
      guard entry.tensor.isContiguous || entry.tensor.dtype.elementsPerByte == 1 else {
        throw fail("is a non-contiguous view of a packed type; leave it out")
      }
      if entry.dtype != entry.tensor.dtype {
        do { _ = try ElementConversion(from: entry.tensor.dtype, to: entry.dtype) } catch {
          throw fail("\(entry.tensor.dtype.rawValue) cannot become \(entry.dtype.rawValue)")
        }
      }
      if !holds(entry.dtype) { lost.append((entry.name, entry.dtype)) }
    }
    for tensor in contents.surroundings?.tensors ?? [] where !holds(tensor.dtype) {
      throw WriteError(
        path: path,
        reason: "\(name) cannot hold \(tensor.dtype.rawValue), which a tensor beside the state "
          + "dict has; write another format, or leave the metadata out")
    }
    guard let first = lost.first else { return }
    let types = Set(lost.map(\.dtype.rawValue)).sorted().joined(separator: ", ")
    throw WriteError(
      path: path, part: first.name,
      reason: "\(name) cannot hold \(first.dtype.rawValue)"
        + (lost.count == 1 ? "" : " (\(lost.count) tensors of \(types) in all)")
        + "; write another format, cast with --dtype or leave them out with --drop")
  }
}
