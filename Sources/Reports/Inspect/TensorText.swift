import PthCheckpoints
import PthBackbones
import PthBytes
import PthPickle
import PthTensors

/// A tensor as PyTorch prints it: 4 digits, 80 columns, and beyond 1000 elements an ellipsis between 3 items
/// at each edge (the rules are those of `torch/_tensor_str.py`).
package struct TensorText {
  private static let precision = 4
  private static let threshold = 1000
  private static let edgeItems = 3
  private static let lineWidth = 80

  private let elements: TensorElements
  private let quantizer: QuantizerText?
  private let isSummarized: Bool
  private var formatter = NumberFormatter(precision: TensorText.precision)
  /// The notation of the imaginary parts of complex elements.
  private var imaginaryFormatter = NumberFormatter(precision: TensorText.precision)

  /// The text of `inspect --tensor`.
  package static func describe(_ report: InspectReport) throws -> String {
    guard let (name, tensor) = report.tensors.first else { return "" }
    let facts =
      "\(Format.printable(name))  \(tensor.dtype.rawValue) \(Format.shape(tensor.shape))"
      + (tensor.isContiguous ? "" : " stride \(Format.shape(tensor.strides))")
      + ", \(Format.bytes(tensor.byteCount))"
    if tensor.storage.isMeta {
      let dtype = tensor.dtype == .float32 ? "" : ", dtype=torch.\(tensor.dtype.rawValue)"
      return facts + "\ntensor(..., device='meta', \(size(tensor))\(dtype))\n"
    }
    do {
      return facts + "\n" + (try TensorText(tensor).text) + "\n"
    } catch {
      throw InputProblem("\(report.checkpoint.path): \(name): \(error)")
    }
  }

  package init(_ tensor: Tensor) throws {
    elements = try TensorElements(tensor)
    quantizer = try tensor.quantizer.map { try QuantizerText($0, shape: tensor.shape) }
    isSummarized = tensor.elementCount > Self.threshold
    var shown: [ElementValue] = []
    if isSummarized || tensor.quantizer != nil {
      visit([], axis: 0) { shown.append($0) }
    } else {
      shown = elements.values()
    }
    formatter.fit(shown)
    imaginaryFormatter.fit(
      shown.compactMap { value in
        if case .complex(_, let imaginary) = value { return .real(imaginary) }
        return nil
      })
  }

  private var tensor: Tensor { elements.tensor }

  package var text: String {
    let prefix = "tensor("
    let isDefault = [.float32, .complex64, .int64, .bool].contains(tensor.dtype)
    var suffixes: [String] = []
    if quantizer != nil || tensor.elementCount == 0 && tensor.shape.count != 1 {
      suffixes.append(Self.size(tensor))
    }
    if !isDefault || tensor.elementCount == 0 && tensor.dtype != .float32 {
      suffixes.append("dtype=torch.\(tensor.dtype.rawValue)")
    }
    suffixes += quantizer?.suffixes ?? []
    var text = prefix + (tensor.elementCount == 0 ? "[]" : nested([], indent: prefix.count))
    var lastLine = (text.split(separator: "\n").last?.count ?? 0) + 2
    for suffix in suffixes {
      if lastLine + suffix.count + 2 > Self.lineWidth {
        text += ",\n" + String(repeating: " ", count: prefix.count) + suffix
        lastLine = prefix.count + suffix.count
      } else {
        text += ", " + suffix
        lastLine += suffix.count + 2
      }
    }
    return text + ")"
  }

  /// `size=(2, 3)`, with the comma that Python puts into a tuple of one.
  private static func size(_ tensor: Tensor) -> String {
    let lengths = tensor.shape.map(String.init).joined(separator: ", ")
    return "size=(\(lengths)\(tensor.shape.count == 1 ? "," : ""))"
  }

  /// The element, dequantised if the tensor is quantised.
  private func value(at index: [Int]) -> ElementValue {
    let value = elements[index]
    return quantizer.map { .real($0.dequantized(value, at: index)) } ?? value
  }

  private func element(_ index: [Int]) -> String {
    let value = value(at: index)
    guard case .complex(_, let imaginary) = value else { return formatter.text(value) }
    let text = imaginaryFormatter.text(.real(imaginary)).drop { $0 == " " }
    return formatter.text(value) + (text.hasPrefix("-") ? "" : "+") + text + "j"
  }

  /// The indices shown along an axis; nil stands for the ellipsis.
  private func indices(_ axis: Int) -> [Int?] {
    let size = tensor.shape[axis]
    guard isSummarized, size > 2 * Self.edgeItems else { return Array(0..<size) }
    return Array(0..<Self.edgeItems) + [nil] + Array(size - Self.edgeItems..<size)
  }

  private func visit(_ index: [Int], axis: Int, _ body: (ElementValue) -> Void) {
    if axis == tensor.shape.count { return body(value(at: index)) }
    for position in indices(axis).compactMap({ $0 }) {
      visit(index + [position], axis: axis + 1, body)
    }
  }

  private func nested(_ index: [Int], indent: Int) -> String {
    let axis = index.count
    if axis == tensor.shape.count { return element(index) }
    if axis == tensor.shape.count - 1 { return vector(index, indent: indent) }
    let rows = indices(axis).map { position in
      position.map { nested(index + [$0], indent: indent + 1) } ?? "..."
    }
    let separator =
      "," + String(repeating: "\n", count: tensor.shape.count - axis - 1)
      + String(repeating: " ", count: indent + 1)
    return "[" + rows.joined(separator: separator) + "]"
  }

  private func vector(_ index: [Int], indent: Int) -> String {
    let items = indices(index.count).map { position in
      position.map { element(index + [$0]) } ?? " ..."
    }
    let elementWidth =
      formatter.width + 2 + (tensor.dtype.isComplex ? imaginaryFormatter.width + 1 : 0)
    let perLine = max(1, (Self.lineWidth - indent) / elementWidth)
    let lines = stride(from: 0, to: items.count, by: perLine).map { start in
      items[start..<min(start + perLine, items.count)].joined(separator: ", ")
    }
    return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
  }
}
