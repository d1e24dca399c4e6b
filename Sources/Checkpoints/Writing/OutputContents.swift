import PthTensors

/// The contents of an output: a state dict, possibly in other types, and its metadata.
package struct OutputContents: Sendable {
  /// One tensor under its name.
  package struct Entry: Sendable {
    package var name: String
    package var tensor: Tensor
    /// The type it is written in.
    package var dtype: DType

    package init(name: String, tensor: Tensor, dtype: DType? = nil) {
      self.name = name
      self.tensor = tensor
      self.dtype = dtype ?? tensor.dtype
    }

    /// Bytes of its elements as they are written.
    package var byteCount: Int {
      dtype == tensor.dtype ? tensor.byteCount : tensor.elementCount * dtype.itemSize
    }
  }

  /// In the order of the state dict, which the torch formats keep.
  package var entries: [Entry]
  /// `_metadata`: the version of each module. Formats without a place for it leave it out; in the
  /// others nil means the versions that PyTorch writes today.
  package var moduleVersions: [String: Int]?
  /// Texts that describe the file, where the format has a place for them.
  package var metadata: [String: String]
  /// The values to write around the state dict, in place of the texts; for torch formats only.
  package var surroundings: KeptMetadata?

  package init(
    entries: [Entry], moduleVersions: [String: Int]? = nil, metadata: [String: String] = [:]
  ) {
    self.entries = entries
    self.moduleVersions = moduleVersions
    self.metadata = metadata
  }

  /// A whole state dict, its keys behind a prefix, which is empty or ends with a dot.
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

  /// Bytes of all elements as they are written.
  package var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

  /// The versions of the modules in the order in which `state_dict()` meets them. Without any, what
  /// PyTorch writes today: 2 for a batch norm that counts its batches, 1 for all others.
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

/// How it is to be written.
package struct OutputOptions: Sendable {
  /// Torch formats: every tensor stays a view of its whole storage, with its strides, as
  /// `torch.save` writes it. Otherwise tensors bring only what they show, and a storage is kept
  /// whole where that is not larger.
  package var keepsViews = false
  /// Torch formats: the state dict goes under `state_dict`, beside a `meta`.
  package var wrapsStateDict = false
  /// Largest sum of tensor bytes in one file; nil writes one file.
  package var shardSize: Int?
  /// Whether existing files may be replaced.
  package var replaces = false
  /// Files that must not be overwritten.
  package var inputs: [String] = []

  package init() {}
}
