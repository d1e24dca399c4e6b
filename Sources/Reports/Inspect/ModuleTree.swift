import PthBytes
import PthPickle
import PthTensors

/// The modules of a state dict as a tree, from the dots in its keys.
package final class ModuleTree {
  package let name: String
  /// The module's own parameters and buffers, without its children's.
  private(set) var tensors: [(name: String, tensor: Tensor)] = []
  private(set) var children: [ModuleTree] = []
  private var childByName: [String: ModuleTree] = [:]

  private init(name: String) { self.name = name }

  package convenience init(_ tensors: [(name: String, tensor: Tensor)]) {
    self.init(name: "")
    for (name, tensor) in tensors {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      // No real module is nested so deep; a name that is only dots must not build a tree that overflows the stack.
      let path = parts.count > 64 ? [name] : parts
      var node = self
      for part in path.dropLast() { node = node.child(part) }
      node.tensors.append((path.last ?? "", tensor))
    }
  }

  private func child(_ name: String) -> ModuleTree {
    if let known = childByName[name] { return known }
    let made = ModuleTree(name: name)
    children.append(made)
    childByName[name] = made
    return made
  }

  package var elementCount: Int {
    .saturatingSum(tensors.map(\.tensor.elementCount) + children.map(\.elementCount))
  }

  /// The names, shapes and dtypes below the module, without its own name: equal for repeated blocks of a stage.
  private(set) lazy var signature: String = {
    let own = tensors.map { "\($0.name)\($0.tensor.shape)\($0.tensor.dtype)" }
    return (own + children.map { "\($0.name){\($0.signature)}" }).joined(separator: ",")
  }()

  /// One line of the printed tree.
  package struct Line {
    let depth: Int
    let name: String
    let detail: String
    let elementCount: Int
  }

  /// The lines below this module; consecutive numbered siblings with one signature become one line.
  package func lines(depth: Int = 0) -> [Line] {
    var lines: [Line] = []
    if depth == 0, !tensors.isEmpty { lines += ownTensors(depth) }
    var index = 0
    while index < children.count {
      let child = children[index]
      var end = index + 1
      while end < children.count, Int(child.name) != nil, Int(children[end].name) != nil,
        children[end].signature == child.signature
      {
        end += 1
      }
      let count = end - index
      let label = count > 1 ? "\(child.name)–\(children[end - 1].name)" : child.name
      let suffix = count > 1 ? "\(count) alike, each " : ""
      if child.children.isEmpty {
        lines.append(
          Line(
            depth: depth, name: label, detail: suffix + child.summary,
            elementCount: child.elementCount.saturatingProduct(count)))
      } else {
        lines.append(
          Line(
            depth: depth, name: label, detail: count > 1 ? "\(count) alike" : "",
            elementCount: child.elementCount.saturatingProduct(count)))
        lines += child.tensors.isEmpty ? [] : child.ownTensors(depth + 1)
        lines += child.lines(depth: depth + 1)
      }
      index = end
    }
    return lines
  }

  private func ownTensors(_ depth: Int) -> [Line] {
    tensors.map {
      Line(
        depth: depth, name: $0.name.isEmpty ? "(tensor)" : $0.name,
        detail: Format.shape($0.tensor.shape), elementCount: $0.tensor.elementCount)
    }
  }

  /// `weight [64, 3, 7, 7], bias [64]`; the tensors of a batch norm are written as `batch norm [64]`.
  private var summary: String {
    let names = Set(tensors.map(\.name))
    if names.isSuperset(of: ["running_mean", "running_var"]),
      names.isSubset(of: ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]),
      let mean = tensors.first(where: { $0.name == "running_mean" })
    {
      return "batch norm \(Format.shape(mean.tensor.shape))"
    }
    return tensors.map { "\($0.name) \(Format.shape($0.tensor.shape))" }.joined(separator: ", ")
  }
}

extension Int {
  /// The product, or `Int.max` on overflow: expanded views may claim any number of elements.
  fileprivate func saturatingProduct(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }

  /// The sum of numbers that are not negative, or `Int.max` on overflow.
  static func saturatingSum(_ numbers: some Sequence<Int>) -> Int {
    numbers.reduce(0) { sum, number in
      let (next, overflow) = sum.addingReportingOverflow(number)
      return overflow ? .max : next
    }
  }
}
