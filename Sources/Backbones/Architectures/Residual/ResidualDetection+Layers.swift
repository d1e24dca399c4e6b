extension ResidualDetection {
  /// Reads the number of blocks of each stage. A file that lacks only a stage's last block, or one stage, of a
  /// published depth is recognised as that depth; any other numbers are used as they are.
  ///
  /// - Returns: False if a stage before the last is missing and no published depth fits, since such a file
  ///   may be part of any network.
  mutating func readLayers() -> Bool {
    let present = tensors.stages.map { Self.count($0.filter { $0.value.kind != nil }.keys) }
    let seen = present.enumerated().filter { $0.element > 0 }
      .map { "layer\($0 + 1).0 to \($0 + 1).\($1 - 1)" }.joined(separator: ", ")
    let candidates = likeliest(published(containing: present))
    let layers =
      candidates.first?.layers ?? Array(present[...(present.lastIndex { $0 > 0 } ?? 0)])
    if candidates.isEmpty, layers.contains(0) { return false }
    if architecture.defaultBlock != .bottle2neck {
      let name = block == .basic ? "basic" : "bottleneck"
      note("block", .string(name), seen: "conv1 to conv\(block.lastNormNumber) in most blocks")
    }
    if let first = candidates.first, first.layers != present {
      complete(present, to: candidates)
      arguments["depth"] = .integer(first.depth)
      return true
    }
    note("layers", ArgumentValue(layers), seen: seen, publishedAs: "depth")
    if layers.count < 4 { note("num_stages", .integer(layers.count), seen: seen) }
    if let match = candidates.first ?? architecture.onlyMatch(layers: layers, block: block) {
      note("depth", .integer(match.depth), seen: seen)
    }
    return true
  }

  /// Records an assumption that names the parts of the published network that are not in the file.
  private mutating func complete(
    _ present: [Int], to candidates: [ResidualArchitecture.Published]
  ) {
    guard let first = candidates.first else { return }
    let lost = zip(first.layers, present).enumerated().filter { $0.element.0 != $0.element.1 }
      .map { stage, counts in
        counts.1 == 0 ? "layer\(stage + 1)" : "layer\(stage + 1).\(counts.0 - 1)"
      }
    let depths = candidates.map { "\($0.depth)" }.joined(separator: " or ")
    let taken = candidates.count > 1 ? "; \(first.depth) is taken" : ""
    // A network may have fewer stages, but always the first ones.
    let own = Array(present[...(present.lastIndex { $0 > 0 } ?? 0)])
    let advice = own.contains(0) ? "" : "; if it never was there, say layers=\(own)"
    assume(
      "depth",
      "depth \(depths), without \(lost.joined(separator: ", ")), which is not in the file"
        + taken + advice, isOfAbsentPart: true)
  }

  /// The candidate whose depth is in the file's name; all candidates if the name does not decide.
  private func likeliest(
    _ candidates: [ResidualArchitecture.Published]
  ) -> [ResidualArchitecture.Published] {
    let words = Set(hints.words.joined())
    let named = candidates.filter { words.contains("\($0.depth)") }
    return named.count == 1 ? named : candidates
  }

  /// The published networks that the file may hold: the one with the same number of blocks in each stage. If
  /// there is none and the width is the published one, those of which the file lacks one stage or the last block
  /// of one stage.
  private func published(containing present: [Int]) -> [ResidualArchitecture.Published] {
    let fitting = architecture.depths.filter { $0.block == block }
    if let same = fitting.first(where: { $0.layers == present }) { return [same] }
    guard baseChannels == ResidualConfiguration.publishedChannels else { return [] }
    return fitting.filter { candidate in
      let differing = zip(candidate.layers, present).filter { $0 != $1 }
      return differing.count == 1
        && differing.allSatisfy { all, some in some == all - 1 || some == 0 }
    }
  }

  /// The number of blocks of a stage with these block numbers; numbers far above the others are ignored.
  private static func count(_ numbers: some Collection<Int>) -> Int {
    let sorted = numbers.sorted()
    let last = sorted.indices.last { (sorted[$0] + 1) <= ($0 + 1) * 2 }
    return last.map { sorted[$0] + 1 } ?? 0
  }
}
