/// Compares a file's keys with those of the network that was recognised in them.
struct ResidualComparison {
  /// Number of the network's keys that the file has in the right shape, with and without
  /// `num_batches_tracked`, which old files lack.
  private(set) var matched = 0
  private(set) var matchedWeights = 0
  /// Number of the network's keys without `num_batches_tracked`.
  private(set) var weights = 0
  /// The same counts for convolution weights only, which a file still has after its norms were folded.
  private(set) var matchedConvolutions = 0
  private(set) var convolutions = 0
  /// The file's keys in stages and stem that the network does not have.
  private(set) var strangers: [String] = []
  /// Number of the file's keys outside of stages, stem and classifier.
  private(set) var others = 0

  init(_ keys: KeyIndex, with graph: ModelGraph) {
    let names = RenamingTables.residual
    var own: Set<String> = []
    for entry in graph.state {
      // The file's flavor is nearly always the graph's, so most names are found without the slower renaming.
      var shape = keys[entry.name]
      if shape != entry.shape {
        let name = CanonicalName(entry.name[...], names: names) {
          graph.stateIndex[$0] != nil
        }.name
        shape = keys.shape(canonical: name)
        own.insert(name)
      }
      let isCounter = entry.role == .numBatchesTracked
      let isConvolution = entry.role == .convWeight
      weights += isCounter ? 0 : 1
      convolutions += isConvolution ? 1 : 0
      guard shape == entry.shape else { continue }
      matched += 1
      matchedWeights += isCounter ? 0 : 1
      matchedConvolutions += isConvolution ? 1 : 0
    }
    for (entry, canonical) in zip(keys.keys, keys.canonical)
    where graph.stateIndex[entry.key] == nil && !own.contains(canonical.key) {
      let first = canonical.key.firstKeyComponent
      if ResidualPlace(canonical.key) != nil || Self.stems.contains(first) {
        strangers.append(keys.prefix + entry.key)
      } else if first != "fc" {
        others += 1
      }
    }
  }

  /// The first words of a stem's module names in published implementations.
  private static let stems: Set<Substring> = [
    "conv1", "bn1", "gn1", "conv2", "bn2", "conv3", "bn3", "stem", "layer0",
  ]
}
