import PthBackbones
import PthBytes

/// The name of a checkpoint in a configuration, resolved by the rules of mmengine's loader.
package struct SourceName: Sendable {
  /// The place that the loader gets the file from.
  package enum Origin: Sendable {
    /// A path, which may begin with `~`.
    case file(String)
    /// A URL; the loader keeps the file in PyTorch's cache.
    case address(String)
    /// A file in mmengine's directory, named by its `open_mmlab.json`.
    case own(String)
    /// A remote storage that pthconv does not access.
    case storage(scheme: String)
    /// A scheme that no loader knows.
    case unknownScheme(String)
    /// A name that the scheme's table does not have, with the names of similar spelling.
    case unknownName(scheme: String, closest: [String])
  }

  package let written: String
  package let origin: Origin
  /// Whether the scheme is `pthconv`, whose loader reads every format and finds the state dict.
  let isOurs: Bool
  /// Whether the loader removes the prefix `backbone.` itself.
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

  /// The URL of the file; nil if the origin is not a URL.
  package var url: String? {
    if case .address(let url) = origin { return url }
    return nil
  }

  /// The last component of the URL or path.
  package var fileName: String {
    let path = url.map { $0.prefix { $0 != "?" && $0 != "#" } } ?? written[...]
    return path.split(separator: "/").last.map(String.init) ?? written
  }
}
