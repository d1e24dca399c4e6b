/// The requested backbone; arguments that the request leaves out are read from the checkpoint.
public struct BackboneRequest: Sendable, Hashable {
  /// A name of the registry or a preset.
  package var name: String
  /// The implementation; nil for the checkpoint's, or the first that has the arguments.
  package var flavor: Flavor?
  /// The given arguments; the others are read from the checkpoint.
  public var arguments: BackboneArguments

  /// A request; only the name is required.
  public init(_ name: String, flavor: Flavor? = nil, arguments: BackboneArguments = [:]) {
    self.name = name
    self.flavor = flavor
    self.arguments = arguments
  }

  /// A backbone by its published name, such as `res2net50_26w_6s`.
  public static func named(_ name: String, flavor: Flavor? = nil) -> BackboneRequest {
    BackboneRequest(name, flavor: flavor)
  }
}
