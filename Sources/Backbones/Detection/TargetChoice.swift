/// An argument of the target that the request left out, with the origin of its value: the file or a default.
package struct TargetChoice: Sendable, Hashable {
  /// Where the value comes from.
  package enum Origin: Sendable, Hashable {
    /// The file shows the value, in these keys and shapes.
    case file(seen: String)
    /// The file does not show the argument; the value is the architecture's default.
    case standard
  }

  /// The argument's canonical name, or `flavor`.
  package let argument: String
  package let value: ArgumentValue
  package let origin: Origin
  /// Whether the value is also the architecture's default, so that reports need not mention it.
  package let isUsual: Bool

  package init(
    _ argument: String, _ value: ArgumentValue, _ origin: Origin, isUsual: Bool = false
  ) {
    self.argument = argument
    self.value = value
    self.origin = origin
    self.isUsual = isUsual
  }
}
