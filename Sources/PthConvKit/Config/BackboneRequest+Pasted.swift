import PthBackbones
import PthConfigs

extension BackboneRequest {
  /// The backbone of a text that was pasted out of a configuration: `dict(type='Res2Net', depth=50)`,
  /// also with `backbone=` before it and a comma behind it. Nil if the text is no such thing, but a
  /// name.
  ///
  /// It means what it means in its file: OpenMMLab's implementation, and its class's defaults.
  ///
  /// - Throws: `ConfigError` if it cannot be read; what ``init(config:part:flavor:registry:)`` throws.
  package init?(pasted text: String, flavor: Flavor? = nil, registry: BackboneRegistry = .standard)
    throws
  {
    var text = Substring(text)
    func trim() {
      while text.first?.isWhitespace == true { text.removeFirst() }
      while text.last.map({ $0.isWhitespace || $0 == "," }) == true { text.removeLast() }
    }
    trim()
    if text.hasPrefix("backbone") {
      let rest = text.dropFirst("backbone".count).drop(while: \.isWhitespace)
      if rest.first == "=" {
        text = rest.dropFirst()
        trim()
      }
    }
    guard text.hasPrefix("dict(") || text.hasPrefix("{") else { return nil }
    let config = try Config.read(
      "pasted.py", contents: Array("model = dict(backbone=\(text))\n".utf8))
    try self.init(config: config, flavor: flavor, registry: registry)
  }
}
