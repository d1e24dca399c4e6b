import OrderedCollections
import PthBackbones
import PthBytes
import PthKeyMapping
import PthTensors

/// Lines of `name sizes`, mapped to a network: every key has one fate, every parameter one source.
@Sendable func fuzzKeys(_ bytes: Bytes) {
  var state = StateDict()
  for line in bytes.text.split(separator: "\n").prefix(1000) {
    let words = line.split(separator: " ", maxSplits: 1)
    guard let name = words.first else { continue }
    let sizes =
      words.dropFirst().first?.split(separator: ",").prefix(6).compactMap { Int($0) } ?? []
    let shape = sizes.map { min(max($0, 0), 4096) }
    guard let count = product(shape, below: 1 << 30) else { continue }
    let storage = TensorStorage.meta(key: "s", byteCount: count * 4)
    state[String(name)] = try? Tensor(storage: storage, dtype: .float32, shape: shape)
  }
  for detection in BackboneRegistry.standard.detectAll(
    state.tensors.map { KeyShape($0.key, $0.value.shape) }, hints: FileHints())
  {
    _ = detection.strangers
  }
  guard let graph else { fatalError("the target cannot be built") }
  do {
    let mapping = try KeyMapping(of: state, to: graph)
    promise(mapping.sources.count == graph.state.count, "a source for each parameter")
    let used = mapping.sources.compactMap { $0 }
    promise(used.allSatisfy { state[$0] != nil }, "a source that is not there")
  } catch { promise(false, "\(error)") }
}

private let graph: ModelGraph? = try? BackboneRegistry.standard.resolve("resnet18").makeGraph()

private func product(_ sizes: [Int], below limit: Int) -> Int? {
  var count = 1
  for size in sizes {
    let (next, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, next < limit else { return nil }
    count = next
  }
  return count
}
