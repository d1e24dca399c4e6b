import OrderedCollections
import PthBackbones
import PthBytes
import PthCheckpoints
import PthTensors

/// The outputs of the original implementation, from a file.
package struct ReferenceOutputs {
  /// The tensors by the names of the graph's outputs, some of which may be absent, and the file's other tensors.
  package let outputs: StateDict

  /// Finds the outputs by name if a name is one of the graph's outputs, else by order if the number is the same.
  ///
  /// - Throws: `CheckpointError` if the file cannot be read; ``InputProblem`` if names and number do not fit, or if
  ///   an output is complex or quantised.
  package init(_ path: String, of graph: ModelGraph) throws {
    let found = try Checkpoint.open(path).stateDict
    let names = graph.outputs.map(\.name)
    var outputs = StateDict()
    for name in names where found[name] != nil { outputs[name] = found[name] }
    let isNamed = !outputs.keys.isEmpty
    if !isNamed {
      guard found.keys.count == names.count else {
        throw InputProblem(
          "\(path): holds \(found.keys.count) tensors, and \(graph.backbone) puts out "
            + "\(names.count); call them \(names.joined(separator: ", "))")
      }
      for (name, tensor) in zip(names, found.tensors.values) { outputs[name] = tensor }
    }
    for (name, tensor) in outputs.tensors where tensor.dtype.isComplex || tensor.dtype.isQuantized {
      throw InputProblem("\(path): \(name) is \(tensor.dtype.rawValue); save it as float32")
    }
    if isNamed {
      for (name, tensor) in found.tensors where outputs[name] == nil { outputs[name] = tensor }
    }
    self.outputs = outputs
  }
}
