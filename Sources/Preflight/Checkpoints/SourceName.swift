import PthBackbones
import PthBytes

/// The name of a checkpoint in a configuration, resolved as mmengine's loader does.
package struct SourceName: Sendable {
  /// Where the loader gets the file.
  package enum Origin: Sendable {
    /// A path, `~` and all.
    case file(String)
    /// An address: the loader keeps the file in PyTorch's cache.
    case address(String)
    /// A file of mmengine's own folder, named by its `open_mmlab.json`.
    case own(String)
    /// A storage that cannot be looked into from here.
    case storage(scheme: String)
    /// No loader knows the scheme.
    case unknownScheme(String)
    /// The scheme's table has no such name; the names that are spelt like it.
    case unknownName(scheme: String, closest: [String])
  }

  package let written: String
  package let origin: Origin
  /// Whether pthconv itself is the loader, which reads every format and finds the state dict.
  let isOurs: Bool
  /// Whether the loader takes `backbone.` away before anybody asks.
  let stripsBackbone: Bool

  package init(_ written: String, caches: HubCaches) {
    self.written = written
    let parts = Self.split(written)
    stripsBackbone = parts?.scheme == "mmcls"
    isOurs = parts?.scheme == "pthconv"
    guard let (scheme, name) = parts else {
      origin = .file(written)
      return
    }
    switch scheme {
    case "pthconv": origin = .file(name)
    case "http", "https": origin = .address(written)
    case "torchvision", "modelzoo":
      origin = Self.published(name, in: HubNames.torchvision, scheme)
    case "open-mmlab", "openmmlab":
      let name = HubTable.renamed[name] ?? name
      if let own = caches.ownNames[name] {
        let isAddress = own.hasPrefix("http://") || own.hasPrefix("https://")
        origin = isAddress ? .address(own) : .own(own)
      } else {
        origin = Self.published(name, in: HubNames.openMMLab, scheme)
      }
    case "mmcls": origin = Self.published(name, in: HubNames.mmcls, scheme)
    case _ where scheme.hasSuffix("s3") || scheme.hasSuffix("petrel") || scheme == "pavi":
      origin = .storage(scheme: scheme)
    default: origin = .unknownScheme(scheme)
    }
  }

  /// `scheme://name`; nil for a path.
  private static func split(_ text: String) -> (scheme: String, name: String)? {
    guard let range = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<range.lowerBound]
    guard !scheme.isEmpty, !scheme.contains("/") else { return nil }
    return (String(scheme), String(text[range.upperBound...]))
  }

  private static func published(_ name: String, in table: [String: String], _ scheme: String)
    -> Origin
  {
    if let address = table[name] { return .address(address) }
    return .unknownName(
      scheme: scheme, closest: Spelling.closest(to: name, in: table.keys.sorted()))
  }

  /// Where the file was published; nil for a path.
  package var url: String? {
    if case .address(let url) = origin { return url }
    return nil
  }

  /// The file's name.
  package var fileName: String {
    let path = url.map { $0.prefix { $0 != "?" && $0 != "#" } } ?? written[...]
    return path.split(separator: "/").last.map(String.init) ?? written
  }
}
