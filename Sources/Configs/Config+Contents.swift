extension Config {
  /// Reads a configuration that is not written yet.
  ///
  /// - Parameters:
  ///   - path: Where it will be written: what it names is looked for from there.
  ///   - contents: Its bytes.
  package static func read(_ path: String, contents: [UInt8]) throws(ConfigError) -> Config {
    let reader = ConfigReader()
    let values = try reader.read(path, contents: contents)
    return Config(values: values, path: path, files: reader.files)
  }

  /// What the bases of a configuration give before the file itself changes it; empty for the lazy style.
  package static func inherited(by path: String) throws(ConfigError) -> ConfigDictionary {
    let reader = ConfigReader()
    _ = try reader.read(path)
    return try reader.inherited()
  }

  /// A path from the root, without `.` and `..`.
  package static func absolute(_ path: String) -> String { ConfigFile.absolute(path) }
}
