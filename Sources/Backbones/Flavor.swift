/// A published implementation of an architecture: its key names, its registration order, its
/// arithmetic and its initialisation.
package struct Flavor: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package init(stringLiteral value: String) { self.init(rawValue: value) }

  package var description: String { rawValue }

  /// The authors' own code (Res2Net), with the stage outputs returned.
  package static let official: Flavor = "official"
  /// `timm.models`.
  package static let timm: Flavor = "timm"
  /// `torchvision.models`.
  package static let torchvision: Flavor = "torchvision"
  /// `mmdet.models.backbones`.
  package static let mmdet: Flavor = "mmdet"
  /// `mmpretrain.models.backbones`.
  package static let mmpretrain: Flavor = "mmpretrain"
  /// `detectron2.modeling.backbone.resnet`.
  package static let detectron2: Flavor = "detectron2"
}
