import Foundation
import PthBackbones
import PthONNXExport
import PthTensors
import Testing

/// Where `make interop` wants the single operations as ONNX models, for onnxruntime to run them.
private let wanted = ProcessInfo.processInfo.environment["PTHCONV_OPERATION_MODELS"]

@Suite(.enabled(if: wanted != nil)) struct OperationModelTests {
  @Test(arguments: OperationCase.all) func isWritten(_ operation: OperationCase) throws {
    let graph = try operation.graph()
    let folder = URL(filePath: try #require(wanted))
    try ONNXWriter(
      graph, weights: operation.weights(of: graph), fold: false, producerVersion: "test"
    ).write(to: folder.appending(path: "\(operation.name).onnx").path)
  }
}
