/// A file's keys beside those of the network that they were taken for.
struct ResidualComparison {
  /// Keys of the network that are there in the right shape, with and without counters of batches,
  /// which old files do not have.
  private(set) var matched = 0
  private(set) var matchedWeights = 0
  /// Keys of the network without counters.
  private(set) var weights = 0
  /// The same of the weights of convolutions alone, which a network keeps whose norms are folded.
  private(set) var matchedConvolutions = 0
  private(set) var convolutions = 0
  /// Keys in stages and stem that the network does not have, as the file has them.
  private(set) var strangers: [String] = []
  /// Keys beside stages and stem, without a classifier.
  private(set) var others = 0

  init(_ keys: KeyIndex, with graph: ModelGraph) {
    let names = RenamingTables.residual
    var own: Set<String> = []
    for entry in graph.state {
      // Nearly always the file's flavor is the graph's, so that the names are the same.
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

  /// With what published implementations begin the names of a stem's modules.
  private static let stems: Set<Substring> = [
    "conv1", "bn1", "gn1", "conv2", "bn2", "conv3", "bn3", "stem", "layer0",
  ]
}
