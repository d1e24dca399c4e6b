import PthBackbones
import PthKeyMapping

extension BackboneRegistry {
  /// The backbone whose `state_dict()` has exactly the keys and shapes of a module; nil if no known backbone does.
  ///
  /// Keys do not show everything that a module computes; arguments such as the style of strides have the
  /// implementation's defaults.
  package func graph(of module: [ModuleEntry]) -> ModelGraph? {
    let keys = module.map { KeyShape($0.name, $0.shape) }
    let wanted = Set(keys)
    for detection in detectAll(keys, fileName: nil) where detection.prefix.isEmpty {
      var request = BackboneRequest(detection.backbone, flavor: detection.flavor)
      // A backbone requested by name has no classifier, but the module may have one.
      if let name = definition(named: detection.backbone)?.classCount {
        request.arguments[name] = detection.headClasses.map { .integer($0) }
      }
      if let graph = try? request.graph(detection: detection, registry: self),
        Set(graph.keyShapes) == wanted
      {
        return graph
      }
    }
    return nil
  }
}
