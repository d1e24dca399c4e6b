import OrderedCollections

/// Merges the values of a file into the values of its bases by mmengine's rules.
struct Merge {
  let evaluator: Evaluator

  func merge(
    _ new: ConfigReader.Values, into base: inout ConfigReader.Values, depth: Int = 0
  ) throws(ConfigError) {
    for (key, entry) in new {
      guard let dictionary = entry.value.dictionary else {
        base[key] = entry
        continue
      }
      try evaluator.checkDepth(depth, entry.value)
      let delete = NodeKey.string("_delete_")
      guard let old = base[key] else {
        // mmengine keeps a `_delete_` if the bases have no such key.
        base[key] = try hooked(entry)
        continue
      }
      var own = dictionary
      if let mark = own.entries.removeValue(forKey: delete) {
        guard let isTrue = evaluator.truth(of: mark.value) else {
          throw mark.source.error(
            at: mark.range.lowerBound, "whether this is deleted cannot be known")
        }
        if isTrue {
          base[key] = try hooked(replacing(entry, own))
          continue
        }
      }
      guard var merged = old.value.dictionary else {
        if old.value.isOpaque {
          // The base's value is not known, so the merged value is not known either.
          base[key] = replacing(entry, .opaque(entry.value.source.excerpt(entry.value.range)))
          continue
        }
        throw entry.source.error(
          at: entry.range.lowerBound,
          "'\(key.text)' is a dictionary here and none in \(old.source.path); write "
            + "_delete_=True into it to replace what the base has")
      }
      try merge(own.entries, into: &merged.entries, depth: depth + 1)
      base[key] = replacing(entry, .dictionary(merged))
    }
  }

  private func hooked(_ entry: NodeDictionary.Entry) throws(ConfigError) -> NodeDictionary.Entry {
    var entry = entry
    entry.value = try evaluator.hooked(entry.value)
    return entry
  }

  private func replacing(
    _ entry: NodeDictionary.Entry, _ dictionary: NodeDictionary
  ) -> NodeDictionary.Entry {
    replacing(entry, .dictionary(dictionary))
  }

  private func replacing(
    _ entry: NodeDictionary.Entry, _ content: Node.Content
  ) -> NodeDictionary.Entry {
    var entry = entry
    entry.value = Node(content, entry.value.source, entry.value.range)
    return entry
  }
}
