/// A height and a width: a kernel, a stride, a padding or a dilation.
///
/// An integer literal stands for both, as an `int` does in PyTorch.
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

  /// Twice the same length.
  package init(_ side: Int) { self.init(side, side) }

  public init(integerLiteral side: Int) { self.init(side) }

  public var description: String { height == width ? "\(height)" : "\(height)×\(width)" }

  /// `3×3`, equal sides too.
  package var area: String { "\(height)×\(width)" }
}
