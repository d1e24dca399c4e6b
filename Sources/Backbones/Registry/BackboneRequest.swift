/// The backbone that is wanted; what the request leaves out is detected from the checkpoint.
public struct BackboneRequest: Sendable, Hashable {
  /// A name of the registry or a preset.
  package var name: String
  /// The implementation; nil for the checkpoint's, or the first that fits.
  package var flavor: Flavor?
  /// What is said of the backbone; the rest is as the checkpoint shows it.
  public var arguments: BackboneArguments

  /// A request; only the name has to be said.
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
