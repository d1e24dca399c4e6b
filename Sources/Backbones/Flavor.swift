/// A published implementation of an architecture: its key names, its registration order, its
/// arithmetic and its initialisation.
public struct Flavor: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// Its name.
  public let rawValue: String

  /// The implementation of this name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The implementation of this name.
  public init(stringLiteral value: String) { self.init(rawValue: value) }

  public var description: String { rawValue }

  /// The authors' own code (Res2Net), changed to return the outputs of the stages.
  public static let official: Flavor = "official"
  /// `timm.models`.
  public static let timm: Flavor = "timm"
  /// `torchvision.models`.
  public static let torchvision: Flavor = "torchvision"
  /// `mmdet.models.backbones`.
  public static let mmdet: Flavor = "mmdet"
  /// `mmpretrain.models.backbones`.
  public static let mmpretrain: Flavor = "mmpretrain"
  /// `detectron2.modeling.backbone`.
  public static let detectron2: Flavor = "detectron2"
}
