/// A height and a width: of an image, a kernel, a stride, a padding or a dilation.
///
/// An integer literal sets both, like an `int` in PyTorch.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int

  /// Two lengths.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// A square.
  package init(_ side: Int) { self.init(side, side) }

  public init(integerLiteral side: Int) { self.init(side) }

  public var description: String { height == width ? "\(height)" : "\(height)×\(width)" }

  /// `3×3`, also if both sides are equal.
  package var area: String { "\(height)×\(width)" }
}
