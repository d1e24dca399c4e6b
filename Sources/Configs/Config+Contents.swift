extension Config {
  /// Reads a configuration that is not in a file yet.
  ///
  /// - Parameters:
  ///   - path: The path where the configuration will be written; relative names in it are resolved from there.
  ///   - contents: The bytes of the configuration.
  package static func read(_ path: String, contents: [UInt8]) throws(ConfigError) -> Config {
    let reader = ConfigReader()
    let values = try reader.read(path, contents: contents)
    return Config(values: values, path: path, files: reader.files, origin: reader.origin)
  }

  /// The values of a configuration's bases, before the file itself changes them; empty for the lazy
  /// style.
  package static func inherited(by path: String) throws(ConfigError) -> ConfigDictionary {
    let reader = ConfigReader()
    _ = try reader.read(path)
    return try reader.inherited()
  }

  /// Finds a file that a configuration names relative to the folder where runs are started: in the current folder, else
  /// in a folder above the configuration. Nil if there is none.
  package static func find(_ path: String, for config: String) -> String? {
    ConfigFile.isFile(path) ? path : PackageFinder.find(path, above: config)
  }

  /// Whether a name is a path: a file exists there, or the name ends like a configuration.
  package static func isPath(_ name: String) -> Bool {
    ConfigLanguage(rawValue: ConfigFile.ending(name)) != nil || ConfigFile.isFile(name)
  }

  /// The absolute path, without `.` and `..`.
  package static func absolute(_ path: String) -> String { ConfigFile.absolute(path) }
}
