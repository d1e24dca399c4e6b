/// The parts of a file's metadata that help to recognise its network.
public struct FileHints: Sendable, Hashable {
  /// The file's name or a model-zoo name.
  public var fileName: String?
  /// detectron2's `__author__`: the project whose weights were converted.
  public package(set) var author: String?
  /// `arch` of a training checkpoint: the name of the network.
  public package(set) var architecture: String?
  /// The configuration that an OpenMMLab checkpoint keeps in its `meta`, as text.
  package var configuration: String?
  /// The OpenMMLab library that trained it, as `meta` has it: `mmdet` or `mmpretrain`.
  public package(set) var library: String?

  package init(fileName: String? = nil) { self.fileName = fileName }
}
