import PthTensors

/// The contents of an output: a state dict, possibly in other dtypes, and its metadata.
package struct OutputContents: Sendable {
  /// One tensor under its name.
  package struct Entry: Sendable {
    package var name: String
    package var tensor: Tensor
    /// The dtype in which the tensor is written.
    package var dtype: DType

    package init(name: String, tensor: Tensor, dtype: DType? = nil) {
      self.name = name
      self.tensor = tensor
      self.dtype = dtype ?? tensor.dtype
    }

    /// Bytes of the elements in the output's dtype.
    package var byteCount: Int {
      dtype == tensor.dtype ? tensor.byteCount : tensor.elementCount * dtype.itemSize
    }
  }

  /// In the order of the state dict, which torch formats keep.
  package var entries: [Entry]
  /// `_metadata`: the version of each module. Formats without a place for it leave it out. In the others, nil means
  /// the versions that PyTorch writes today.
  package var moduleVersions: [String: Int]?
  /// Strings that describe the file, for formats that have a place for them.
  package var metadata: [String: String]
  /// The values to write around the state dict instead of `metadata`; only torch formats use them.
  package var surroundings: KeptMetadata?

  package init(
    entries: [Entry], moduleVersions: [String: Int]? = nil, metadata: [String: String] = [:]
  ) {
    self.entries = entries
    self.moduleVersions = moduleVersions
    self.metadata = metadata
  }

  /// A whole state dict, whose keys get a prefix that is empty or ends with a dot.
  package init(_ state: StateDict, prefix: String = "") {
    let parent = String(prefix.dropLast())
    self.init(
      entries: state.tensors.map { Entry(name: prefix + $0.key, tensor: $0.value) },
      moduleVersions: state.moduleVersions.map { versions in
        Dictionary(
          uniqueKeysWithValues: versions.map {
            ($0.key.isEmpty ? parent : prefix + $0.key, $0.value)
          })
      })
  }

  /// Bytes of all elements in the dtypes of the output.
  package var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

  /// The module versions in the order in which `state_dict()` visits the modules. If none are known, the versions that
  /// PyTorch writes today: 2 for a batch norm with `num_batches_tracked`, 1 for all others.
  var orderedModuleVersions: [(path: String, version: Int)] {
    let known = Set(entries.map(\.name))
    var seen: Set<String> = []
    var ordered: [(path: String, version: Int)] = []
    func add(_ path: String) {
      guard seen.insert(path).inserted else { return }
      if let moduleVersions {
        if let version = moduleVersions[path] { ordered.append((path, version)) }
      } else {
        let counter = path.isEmpty ? "num_batches_tracked" : path + ".num_batches_tracked"
        ordered.append((path, known.contains(counter) ? 2 : 1))
      }
    }
    add("")
    for entry in entries {
      var end = entry.name.startIndex
      while let dot = entry.name[end...].firstIndex(of: ".") {
        add(String(entry.name[..<dot]))
        end = entry.name.index(after: dot)
      }
    }
    for path in (moduleVersions ?? [:]).keys.sorted() { add(path) }
    return ordered
  }
}

/// How an output is written.
package struct OutputOptions: Sendable {
  /// Torch formats: every tensor stays a view of its whole storage, with its strides, as `torch.save` writes it. If
  /// false, a storage is written whole only where that takes no more bytes than its tensors' elements; otherwise only
  /// those elements are written.
  package var keepsViews = false
  /// Torch formats: the state dict is written under `state_dict`, next to a `meta`.
  package var wrapsStateDict = false
  /// Maximum tensor bytes per file; nil writes one file.
  package var shardSize: Int?
  /// Whether existing files may be replaced.
  package var replaces = false
  /// Files that must not be overwritten.
  package var inputs: [String] = []

  package init() {}
}
