extension Config {
  /// Reads a configuration with all of its bases, as mmengine's `Config.fromfile` does, and executes
  /// nothing. One of detectron2 is read as its `merge_from_file` does; what it leaves out stays out.
  ///
  /// Environment variables that the configuration asks for (`{{$NAME:default}}`) are those of this
  /// process.
  ///
  /// - Parameter path: The file, in Python, YAML or JSON.
  /// - Throws: ``ConfigError`` if mmengine could not read the file either, if a base cannot be found, or
  ///   if the file takes more than any configuration needs.
  package static func read(_ path: String) throws(ConfigError) -> Config {
    let reader = ConfigReader()
    let values = try reader.read(path)
    return Config(values: values, path: path, files: reader.files, origin: reader.origin)
  }
}
