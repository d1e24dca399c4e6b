import PthBackbones
import PthConfigs

extension BackboneRequest {
  /// The backbone in a text that was pasted from a configuration, such as `dict(type='Res2Net', depth=50)`, possibly
  /// with `backbone=` before it and a comma after it. Nil if the text is not a dictionary but a name.
  ///
  /// The text means the same as in its file: OpenMMLab's implementation with the defaults of its class.
  ///
  /// - Throws: `ConfigError` if the text cannot be read; the errors of ``init(config:part:flavor:registry:)``.
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
