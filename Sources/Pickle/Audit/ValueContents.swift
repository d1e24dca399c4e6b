/// The kinds of things that a value contains at any depth, apart from numbers, strings and containers of them.
struct ValueContents: OptionSet {
  let rawValue: UInt8

  /// Classes or functions, which any code that receives the value may call.
  static let names = ValueContents(rawValue: 1)
  /// Instances with attributes that the pickle sets.
  static let objects = ValueContents(rawValue: 2)
  /// Tensors, storages, arrays.
  static let tensors = ValueContents(rawValue: 4)
  /// The result of an unknown call.
  static let unknown = ValueContents(rawValue: 8)
}

/// What a call's result contains: nothing, the members it gets later, or those and the arguments.
enum ContentsSpread { case none, members, all }

/// The contents of every value of a document.
///
/// Containers may be made before or after their members and may contain each other, so contents spread from each
/// member to its containers until nothing changes. O(size of the pickle).
struct ContentsTable {
  private var bits: [UInt8]

  /// - Parameters:
  ///   - own: The contents of each value without its members.
  init(
    _ document: PickleDocument, own: (PickleHandle) -> (ValueContents, ContentsSpread)
  ) {
    bits = [UInt8](repeating: 0, count: document.count)
    var holders: [(index: UInt32, spread: ContentsSpread)] = []
    var pending: [UInt32] = []
    for handle in document.handles {
      let spread: ContentsSpread
      switch document.kind(handle) {
      case .tuple, .list, .dict, .set, .frozenSet: spread = .all
      case .global, .call, .persistentID, .extensionCode:
        let contents: ValueContents
        (contents, spread) = own(handle)
        bits[Int(handle.index)] = contents.rawValue
        if !contents.isEmpty { pending.append(handle.index) }
      default: continue
      }
      if spread != .none { holders.append((handle.index, spread)) }
    }
    guard !pending.isEmpty else { return }
    spread(pending, to: Holders(holders, document))
  }

  private mutating func spread(_ first: [UInt32], to holders: Holders) {
    var pending = first
    while let value = pending.popLast() {
      let contents = bits[Int(value)]
      for holder in holders.of(value) where bits[Int(holder)] | contents != bits[Int(holder)] {
        bits[Int(holder)] |= contents
        pending.append(holder)
      }
    }
  }

  subscript(handle: PickleHandle) -> ValueContents {
    ValueContents(rawValue: bits[Int(handle.index)])
  }
}

/// For every value of a document, the values that hold it.
private struct Holders {
  /// For each value the position of its first holder in `holders`; the last item is the total count.
  private let starts: [UInt32]
  private let holders: [UInt32]

  init(_ all: [(index: UInt32, spread: ContentsSpread)], _ document: PickleDocument) {
    var starts = [UInt32](repeating: 0, count: document.count + 1)
    for (index, spread) in all {
      Self.forEachMember(of: document.nodes[Int(index)], spread, document) {
        starts[Int($0) + 1] += 1
      }
    }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    var holders = [UInt32](repeating: 0, count: Int(starts[document.count]))
    var next = starts
    for (index, spread) in all {
      Self.forEachMember(of: document.nodes[Int(index)], spread, document) {
        holders[Int(next[Int($0)])] = index
        next[Int($0)] += 1
      }
    }
    (self.starts, self.holders) = (starts, holders)
  }

  func of(_ value: UInt32) -> ArraySlice<UInt32> {
    holders[Int(starts[Int(value)])..<Int(starts[Int(value) + 1])]
  }

  private static func forEachMember(
    of node: PickleNode, _ spread: ContentsSpread, _ document: PickleDocument,
    _ body: (UInt32) -> Void
  ) {
    func visit(_ first: Int, _ count: Int) {
      for position in first..<first + count { body(document.children[position]) }
    }
    switch node.kind {
    case .tuple, .frozenSet: return visit(Int(node.payload), Int(node.low))
    case .call where spread == .all: visit(Int(node.low) + 1, Int(node.high) - 1)
    default: break
    }
    var next = node.firstSegment
    while next != 0 {
      let segment = document.segments[Int(next) - 1]
      visit(Int(segment.first), Int(segment.count))
      next = segment.next
    }
  }
}
