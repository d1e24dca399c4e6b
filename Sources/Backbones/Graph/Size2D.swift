/// A height and a width: a kernel, a stride, a padding or a dilation.
///
/// An integer literal stands for both, as an `int` does in PyTorch.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ side: Int) { self.init(side, side) }

  public init(integerLiteral side: Int) { self.init(side) }

  public var description: String { height == width ? "\(height)" : "\(height)×\(width)" }
}
