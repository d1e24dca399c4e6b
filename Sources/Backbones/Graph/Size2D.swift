/// A height and a width: a kernel, a stride, a padding or a dilation.
///
/// An integer literal stands for both, as an `int` does in PyTorch.
package struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  package let height: Int
  package let width: Int

  package init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  package init(_ side: Int) { self.init(side, side) }

  package init(integerLiteral side: Int) { self.init(side) }

  package var description: String { height == width ? "\(height)" : "\(height)×\(width)" }
}
