import PthBytes
import PthPickle
import Testing

@testable import PthCheckpoints

/// Every place in an ONNX model where weights can lie in another file.
@Suite struct ONNXModelTests {
  private static func message(_ field: Int, _ body: [UInt8]) -> [UInt8] {
    func varint(_ value: Int) -> [UInt8] {
      value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }
    return varint(field << 3 | 2) + varint(body.count) + body
  }

  private static func text(_ field: Int, _ text: String) -> [UInt8] {
    message(field, Array(text.utf8))
  }

  /// A tensor whose data lies in the file at `path`.
  private static func tensor(_ path: String) -> [UInt8] {
    message(13, text(1, "location") + text(2, path))
  }

  /// A model with these further fields of its graph, and further fields of its own.
  private static func model(graph: [UInt8] = [], _ fields: [UInt8] = []) -> Bytes {
    Bytes([8, 9] + message(7, text(2, "g") + graph) + fields)
  }

  /// The places of a tensor in a model.
  private static let places: [(name: String, model: @Sendable ([UInt8]) -> Bytes)] = [
    ("initializer", { model(graph: message(5, $0)) }),
    ("values of a sparse initializer", { model(graph: message(15, message(1, $0))) }),
    ("indices of a sparse initializer", { model(graph: message(15, message(2, $0))) }),
    ("attribute", { model(graph: message(1, message(5, message(5, $0)))) }),
    ("attributes", { model(graph: message(1, message(5, message(10, $0)))) }),
    ("sparse attribute", { model(graph: message(1, message(5, message(22, message(1, $0))))) }),
    ("sparse attributes", { model(graph: message(1, message(5, message(23, message(2, $0))))) }),
    ("graph of an attribute", { model(graph: message(1, message(5, message(6, message(5, $0))))) }),
    ("initialization", { model(message(20, message(1, message(5, $0)))) }),
    ("training", { model(message(20, message(2, message(15, message(1, $0))))) }),
    ("function", { model(message(25, message(7, message(5, message(5, $0))))) }),
    ("default of a function", { model(message(25, message(11, message(5, $0)))) }),
  ]

  @Test func everyPlaceIsLookedAt() {
    for (name, model) in Self.places {
      for path in ["../../etc/passwd", "/etc/passwd"] {
        let found = ONNXModel.findings(model(Self.tensor(path)))
        #expect(found.map(\.verdict) == [.dangerous], "\(name)")
      }
      #expect(ONNXModel.findings(model(Self.tensor("weights.data"))).isEmpty, "\(name)")
    }
  }

  /// Of a field that is there twice, readers take the last.
  @Test func theLastKeyCounts() {
    let entry = Self.text(1, "x") + Self.text(1, "location") + Self.text(2, "/etc/passwd")
    let found = ONNXModel.findings(Self.model(graph: Self.message(5, Self.message(13, entry))))
    #expect(found.map(\.verdict) == [.dangerous])
  }
}
