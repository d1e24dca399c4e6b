/// Whether `torch.load(weights_only=True)` would accept a pickle, judged by its rules: a list of opcodes, a list of
/// globals, calls of listed globals only, no state for a list, dict or set, and items only for lists and dicts.
package enum WeightsOnlyCheck {
  /// The first thing that stops `torch.load`, as a sentence; nil if nothing does.
  package static func obstacle(in document: PickleDocument) -> String? {
    if let opcode = document.usedOpcodes.sorted().first(where: {
      !WeightsOnlyTable.opcodes.contains($0)
    }) {
      let name = PickleOpcode(rawValue: opcode).map { "\($0)" } ?? "?"
      return "opcode \(opcode) (\(name)) is not one that it reads"
    }
    // Thousands of calls and persistent ids share a few texts.
    var texts = HandleTable<String>(for: document)
    for handle in document.handles {
      if let obstacle = obstacle(at: handle, in: document, &texts) { return obstacle }
    }
    return nil
  }

  /// Whether `torch.load` would accept this value, given that it accepts the value's parts.
  ///
  /// - Parameter texts: A cache of strings; pass an empty table in the first call for a document.
  package static func accepts(
    _ handle: PickleHandle, in document: PickleDocument, _ texts: inout HandleTable<String>
  ) -> Bool {
    obstacle(at: handle, in: document, &texts) == nil
  }

  private static func obstacle(
    at handle: PickleHandle, in document: PickleDocument, _ texts: inout HandleTable<String>
  ) -> String? {
    switch document.kind(handle) {
    case .global:
      guard let name = document.globalName(handle) else { return "a computed global" }
      return WeightsOnlyTable.allows(name.inPython3)
        ? nil : "global \(name) is not on its list"
    case .persistentID:
      guard let id = document.persistentID(handle) else { return nil }
      if document.kind(id) == .int { return nil }
      guard let kind = document.firstElements(id, 1).first else {
        return "a persistent id that is no storage"
      }
      let text = texts[kind] ?? document.string(kind, limit: 16) ?? ""
      texts.set(kind, to: text)
      return text == "storage" ? nil : "a persistent id that is no storage"
    case .call:
      guard let call = document.call(handle) else { return nil }
      guard ![.build, .append, .setItems].contains(call.form) else {
        return "a state or items for something that is imported"
      }
      guard document.kind(call.callable) == .global else { return "a call of a computed value" }
      guard document.hasMembers(handle) else { return nil }
      let name =
        texts[call.callable] ?? document.globalName(call.callable)?.inPython3.description ?? ""
      texts.set(call.callable, to: name)
      guard WeightsOnlyState.accepts(handle, of: name, in: document) else {
        return "a state for the result of \(name) that it does not take"
      }
      guard document.elements(handle).isEmpty else {
        return "items appended to a value that is no list"
      }
      let isMapping = ["collections.OrderedDict", "collections.Counter"].contains(name)
      return isMapping || document.entries(handle).isEmpty
        ? nil : "items set on a value that is no dict"
    case .list, .dict, .set:
      if document.hasItemsSet(handle) { return "items set on a value that is no dict" }
      return document.states(handle).isEmpty ? nil : "a state for a plain container"
    default: return nil
    }
  }
}
