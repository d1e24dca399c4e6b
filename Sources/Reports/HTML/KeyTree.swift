/// The result for a key, with a colour and a mark.
enum KeyState: String, CaseIterable {
  case loaded, filled, initialised, mismatched, foreign, unused

  var mark: String {
    switch self {
    case .loaded: "✓"
    case .filled: "0"
    case .initialised: "○"
    case .mismatched: "≠"
    case .foreign: "✗"
    case .unused: "–"
    }
  }

  var tone: HTMLPage.Tone {
    switch self {
    case .loaded: .good
    case .filled, .unused: .plain
    case .initialised: .warn
    case .mismatched, .foreign: .bad
    }
  }

  /// For the legend.
  var meaning: String {
    switch self {
    case .loaded: "loaded"
    case .filled: "starts at 0"
    case .initialised: "not in the file"
    case .mismatched: "does not fit"
    case .foreign: "no place in the target"
    case .unused: "not part of the target's network"
    }
  }
}

/// Trees of keys that can be opened, filtered and searched.
struct KeyTree<Leaf> {
  /// Trees with their headings; empty trees are left out.
  let trees: [(title: String, tree: NameTree<Leaf>)]
  /// The result for a key; nil in trees that only list keys.
  var state: (Leaf) -> KeyState? = { _ in nil }
  /// Whether a module is open at first.
  var opens: (NameTree<Leaf>, Int) -> Bool = { _, depth in depth == 0 }
  /// The text after a module's name, and after a key.
  var moduleNote: (NameTree<Leaf>, inout HTMLWriter) -> Void = { _, _ in }
  let leafNote: (Leaf, inout HTMLWriter) -> Void

  func write(to writer: inout HTMLWriter) {
    controls(to: &writer)
    for (title, tree) in trees where !(tree.leaves.isEmpty && tree.children.isEmpty) {
      writer.section(title) { writer in
        writer.element("ul", ["class": "tree"]) { members(of: tree, path: "", depth: 0, to: &$0) }
      }
    }
  }

  private func controls(to writer: inout HTMLWriter) {
    let states = Set(trees.flatMap { $0.tree.all.compactMap(state) })
    // Hidden until the script shows the controls, since they do nothing without it.
    writer.element("div", ["id": "controls", "hidden": ""]) { writer in
      writer.empty(
        "input",
        [
          "id": "filter", "type": "search", "placeholder": "Filter keys; Enter goes to the next",
          "aria-label": "Filter keys", "autocomplete": "off", "spellcheck": "false",
        ])
      writer.element("button", ["id": "expand", "type": "button"], "Open all")
      writer.element("button", ["id": "collapse", "type": "button"], "Close all")
      for state in KeyState.allCases where states.contains(state) {
        writer.element("label") { writer in
          writer.empty(
            "input", ["type": "checkbox", "checked": "", "data-state": state.rawValue])
          writer.state(state)
          writer.text(state.meaning)
        }
      }
      writer.element("span", ["id": "found", "aria-live": "polite"], "")
    }
  }

  private func members(
    of node: NameTree<Leaf>, path: String, depth: Int, to writer: inout HTMLWriter
  ) {
    for (name, leaf) in node.leaves {
      let state = state(leaf)
      writer.element(
        "li", ["class": "key", "data-key": path + name, "data-state": state?.rawValue]
      ) { writer in
        if let state { writer.state(state) }
        writer.element("span", name.isEmpty ? "(tensor)" : name)
        leafNote(leaf, &writer)
      }
    }
    for child in node.children {
      writer.element("li", ["class": "module"]) { writer in
        writer.element("details", ["open": opens(child, depth) ? "" : nil]) { writer in
          writer.element("summary") { writer in
            writer.element("span", child.name.isEmpty ? "(module)" : child.name)
            moduleNote(child, &writer)
          }
          writer.element("ul") {
            members(of: child, path: "\(path)\(child.name).", depth: depth + 1, to: &$0)
          }
        }
      }
    }
  }
}

extension HTMLWriter {
  /// A key's mark, which carries the same meaning as its colour.
  mutating func state(_ state: KeyState, count: Int? = nil) {
    element(
      "span",
      [
        "class": "state \(state.tone.rawValue)", "title": state.meaning, "role": "img",
        "aria-label": state.meaning,
      ],
      state.mark)
    if let count { element("span", ["class": "number"], Format.grouped(count)) }
  }

  mutating func note(_ text: String) { element("span", ["class": "note"], text) }

  mutating func number(_ text: String) { element("span", ["class": "number"], text) }
}
