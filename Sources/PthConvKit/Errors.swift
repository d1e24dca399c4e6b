import FoundationEssentials
import PthBackbones
import PthCheckpoints
import PthEngines
import PthInitializers
import PthKeyMapping
import PthONNXExport
import PthTensors

// Foundation (in an alert or a log) then shows the same sentence as the program.

extension BackboneError: LocalizedError {
  public var errorDescription: String? { description }
}

extension CheckpointError: LocalizedError {
  public var errorDescription: String? { description }
}

extension EngineError: LocalizedError {
  public var errorDescription: String? { description }
}

extension IncompleteLoad: LocalizedError {
  public var errorDescription: String? { description }
}

extension InitializationError: LocalizedError {
  public var errorDescription: String? { description }
}

extension KeyMappingError: LocalizedError {
  public var errorDescription: String? { description }
}

extension ONNXExportError: LocalizedError {
  public var errorDescription: String? { description }
}

extension TensorError: LocalizedError {
  public var errorDescription: String? { description }
}

extension WriteError: LocalizedError {
  public var errorDescription: String? { description }
}
