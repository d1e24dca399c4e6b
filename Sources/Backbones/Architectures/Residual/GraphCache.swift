import PthBytes
import Synchronization

/// A cache of the last graphs that were built: detection, the target and the comparison of source and target
/// usually need the same graph.
final class GraphCache: Sendable {
  static let shared = GraphCache()
  private static let capacity = 2

  private let graphs = Lock<[ModelGraph]>([])

  /// The graph of these complete arguments, from the cache or built.
  func graph(
    _ backbone: String, _ arguments: BackboneArguments, _ flavor: Flavor,
    build: () throws(BackboneError) -> ModelGraph
  ) throws(BackboneError) -> ModelGraph {
    let known = forksWait {
      graphs.withLock { graphs in
        graphs.first { $0.backbone == backbone && $0.flavor == flavor && $0.arguments == arguments }
      }
    }
    if let known { return known }
    let graph = try build()
    forksWait {
      graphs.withLock { graphs in
        if graphs.count == Self.capacity { graphs.removeFirst() }
        graphs.append(graph)
      }
    }
    return graph
  }
}
